import { readFileSync } from "node:fs";
import type { Image } from "../../image.js";
import { resizeImage } from "../../images/resizeImage.js";
import { imageFileError } from "../imageFileError.js";
import { cachedFilm, type Film } from "./filmCache.js";

/** An image file and what is to become of it. May cross from thread to thread. */
export interface FilmRequest {
  /** Where the file is. */
  readonly path: string;
  /** Rows of the result. */
  readonly height: number;
  /** Columns of the result. */
  readonly width: number;
  /** Folder in which results are kept; undefined keeps none. */
  readonly cache: string | undefined;
  /** Names what `decode` does beside decoding; empty where it does nothing. */
  readonly preprocessing: string;
}

/**
 * Decodes and resizes an image file, or takes the result from the cache.
 *
 * @param decode makes an image of the file's bytes
 * @throws ImageError for a file that is missing or that `decode` refuses
 */
export async function loadFilm(
  { path, height, width, cache, preprocessing }: FilmRequest,
  decode: (bytes: Uint8Array, path: string) => Promise<Image>,
): Promise<Film> {
  const make = async (bytes: Uint8Array) => resizeImage(await decode(bytes, path), height, width);
  try {
    if (cache === undefined) return { image: await make(readFileSync(path)) };
    return await cachedFilm({ directory: cache, path, height, width, preprocessing }, make);
  } catch (error) {
    throw imageFileError(path, error);
  }
}
