import { ImageError } from "../errors.js";

/** What an error of reading an image file becomes: an ImageError where the file is missing. */
export function imageFileError(file: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) return error;
  return new ImageError(file, "missing", "there is no such file; check the image folder", { cause: error });
}
