import { createHash } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { threadId } from "node:worker_threads";
import { ArgumentError } from "../../errors.js";
import type { Image } from "../../image.js";
import { packedSize, packFilm, unpackFilm } from "./packedFilm.js";

/** What came of looking into the cache: the film was there, was not there, or was there and damaged. */
export type CacheOutcome = "hit" | "miss" | "rebuilt";

/** A decoded and resized image. */
export interface Film {
  /** Of the size asked for. */
  readonly image: Image<Float32Array>;
  /** Undefined without a cache. */
  readonly outcome?: CacheOutcome;
}

/** Which film, and of which cache. */
export interface CachedFilm {
  /** The cache's folder. */
  readonly directory: string;
  /** The image file. */
  readonly path: string;
  /** Rows of the film. */
  readonly height: number;
  /** Columns of the film. */
  readonly width: number;
  /** Names what is done to the image between decoding and resizing; empty for nothing. */
  readonly preprocessing: string;
}

/** Changes when the same file and size would give other pixels: with the decoder, the resizing or the packing. */
const version = 1;

/** A file changed later than this, in ms, may change again without showing it in its times. */
const unsettled = 2000;

/**
 * Takes a film from the cache, or makes it and keeps it. A film is found by the SHA-256 of its file's bytes, its size and
 * its preprocessing, so files of equal bytes share it. So that the file need not be read each time, a note says which
 * bytes it held when it had its present path, size and times.
 *
 * Several threads and processes may use a folder: files appear in it under their names only when they are whole.
 *
 * @param make makes the film of the file's bytes
 * @throws ArgumentError when the folder cannot be read or written
 */
export async function cachedFilm(
  film: CachedFilm,
  make: (bytes: Uint8Array) => Promise<Image<Float32Array>>,
): Promise<Film> {
  const { directory, path, height, width, preprocessing } = film;
  const { size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const note = placeOf(directory, "files", `${resolve(path)}\0${size}\0${mtimeNs}\0${ctimeNs}`);
  const placeOfFilm = (content: string) =>
    placeOf(directory, "films", `${content} ${height}x${width} ${version} ${preprocessing}`);

  const noted = readNote(note);
  let damaged = false;
  const kept = (content: string): Image<Float32Array> | undefined => {
    const bytes = readBytes(placeOfFilm(content), packedSize(height, width));
    const image = bytes && unpackFilm(bytes, height, width);
    damaged ||= bytes !== undefined && image === undefined;
    return image;
  };
  const found = noted === undefined ? undefined : kept(noted);
  if (found) return { image: found, outcome: "hit" };

  // Whatever the note says, from here on the bytes count that are read now.
  const bytes = readFileSync(path);
  const content = createHash("sha256").update(bytes).digest("hex");
  const shared = content === noted ? undefined : kept(content);
  const image = shared ?? (await make(bytes));
  if (shared === undefined) write(directory, placeOfFilm(content), packFilm(image));
  if (Date.now() - Number(ctimeNs / 1_000_000n) > unsettled) write(directory, note, content);
  return { image, outcome: shared ? "hit" : damaged ? "rebuilt" : "miss" };
}

/** Where something lies, by the hash of what it belongs to; 256 folders share the files. */
function placeOf(directory: string, kind: string, key: string): string {
  const name = createHash("sha256").update(key).digest("hex").slice(0, 40);
  return join(directory, kind, name.slice(0, 2), name.slice(2));
}

function readNote(path: string): string | undefined {
  const text = readBytes(path, 64);
  const content = text && Buffer.from(text).toString("latin1");
  return content !== undefined && /^[0-9a-f]{64}$/.test(content) ? content : undefined;
}

/** The first bytes of a file, as many as it should have, or fewer where it is shorter; undefined where there is none. */
function readBytes(path: string, length: number): ArrayBuffer | undefined {
  try {
    return firstBytes(path, length);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ArgumentError("options.cache", `"${path}" cannot be read: ${message}`, { cause: error });
  }
}

function firstBytes(path: string, length: number): ArrayBuffer {
  const file = openSync(path, "r");
  try {
    const bytes = new ArrayBuffer(length);
    const view = new Uint8Array(bytes);
    let done = 0;
    while (done < length) {
      const read = readSync(file, view, done, length - done, done);
      if (read === 0) return bytes.slice(0, done);
      done += read;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

let written = 0;

function write(directory: string, path: string, content: string | Uint8Array): void {
  const unfinished = `${path}.${process.pid}-${threadId}-${written++}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(unfinished, content);
      renameSync(unfinished, path);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
  } catch (error) {
    const message = `"${directory}" cannot be written: ${(error as Error).message}`;
    throw new ArgumentError("options.cache", message, { cause: error });
  }
}
