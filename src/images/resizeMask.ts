import type { Mask } from "../image.js";
import { checkSize, maskOf, readMask } from "./mask.js";

/**
 * Resizes a mask: each pixel of the result takes the value of the pixel that its centre falls into, as Pillow's NEAREST
 * does. Pixel centres lie at half integers as in {@link resizeImage}, so image and mask stay in register. Parts thinner
 * than a pixel of the result may vanish.
 *
 * @param height rows of the result
 * @param width columns of the result
 * @returns 1 inside, 0 outside
 * @throws ArgumentError when the mask has not two dimensions or is empty, or a side is not a whole number above 0
 */
export function resizeMask(mask: Mask, height: number, width: number): Mask {
  const source = readMask(mask);
  checkSize(source, "mask.");
  checkSize({ height, width });
  const columns = nearest(source.width, width);
  const rows = nearest(source.height, height);
  const result = new Uint8Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    const line = rows[y]! * source.width;
    for (let x = 0; x < width; x++, i++) result[i] = source.values[line + columns[x]!] === 0 ? 0 : 1;
  }
  return maskOf(result, { height, width });
}

/** In whole numbers, so that a centre on an edge falls to the pixel after it. */
function nearest(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to }, (_, i) => Math.floor(((2 * i + 1) * from) / (2 * to)));
}
