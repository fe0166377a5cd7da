import type { NdArray } from "ndarray";
import sharp from "sharp";
import { ArgumentError } from "../errors.js";
import { rowMajor } from "../matrix.js";

/**
 * Encodes a picture, such as a heat map over a film, as an 8-bit PNG file. The values come back from the file exactly.
 *
 * @param pixels shape [height, width] (grey) or [height, width, 3] (red, green, blue), values from 0 to 255
 * @returns the file's bytes
 * @throws ArgumentError for another shape, or a picture without pixels
 */
export async function encodePng(pixels: NdArray<Uint8Array>): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 1] = pixels.shape;
  const grey = pixels.shape.length === 2;
  if (!(grey || (pixels.shape.length === 3 && channels === 3)) || height * width === 0) {
    throw new ArgumentError(
      "pixels",
      `has shape [${pixels.shape}]; expected [height, width] or [height, width, 3]`,
    );
  }
  const picture = sharp(rowMajor(pixels), { raw: { width, height, channels: grey ? 1 : 3 } });
  return await picture
    .toColourspace(grey ? "b-w" : "srgb")
    .png()
    .toBuffer();
}
