import type { NdArray } from "ndarray";
import sharp from "sharp";
import { ArgumentError } from "../errors.js";
import { rowMajor } from "../matrix.js";

/**
 * Encodes a picture, such as a film or a heat map over it, as a PNG file of 8 or 16 bits. The values come back from the
 * file exactly.
 *
 * @param pixels shape [height, width] (grey) or, with 8 bits, [height, width, 3] (red, green, blue)
 * @returns the file's bytes
 * @throws ArgumentError for another shape, or a picture without pixels
 */
export async function encodePng(pixels: NdArray<Uint8Array> | NdArray<Uint16Array>): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 1] = pixels.shape;
  const grey = pixels.shape.length === 2;
  const wide = pixels.data instanceof Uint16Array;
  if (!(grey || (pixels.shape.length === 3 && channels === 3 && !wide)) || height * width === 0) {
    throw new ArgumentError(
      "pixels",
      `has shape [${pixels.shape}]; expected [height, width]${wide ? "" : " or [height, width, 3]"}`,
    );
  }
  const picture = sharp(rowMajor<Uint8Array | Uint16Array>(pixels), {
    raw: { width, height, channels: grey ? 1 : 3 },
  });
  return await picture
    .toColourspace(wide ? "grey16" : grey ? "b-w" : "srgb")
    .png()
    .toBuffer();
}
