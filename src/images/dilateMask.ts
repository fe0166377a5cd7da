import { ArgumentError } from "../errors.js";
import type { Mask } from "../image.js";
import { maskOf, readMask } from "./mask.js";

/**
 * Grows a mask by a disc: all pixels whose centre lies no farther than `radius` from that of a pixel inside. The same as
 * scikit-image's `binary_dilation(mask, disk(radius))`. The time does not depend on the radius.
 *
 * @param radius in pixels, from 0, which need not be whole
 * @returns 1 inside, 0 outside
 * @throws ArgumentError when the mask has not two dimensions, or the radius is not a finite number from 0
 */
export function dilateMask(mask: Mask, radius: number): Mask {
  const { values, height, width } = readMask(mask);
  if (!(radius >= 0 && Number.isFinite(radius))) {
    throw new ArgumentError("radius", `is ${radius}; expected a finite number from 0`);
  }
  const gaps = columnGaps(values, height, width);
  const reach = Math.min(Math.floor(radius), height);
  const halfWidths = Int32Array.from({ length: reach + 1 }, (_, gap) =>
    Math.min(width, Math.floor(Math.sqrt(radius ** 2 - gap ** 2))),
  );
  const result = new Uint8Array(values.length);
  // How many more stretches of the disc cover a column than cover the one before.
  const changes = new Int32Array(width + 1);
  for (let y = 0; y < height; y++) {
    changes.fill(0);
    const line = y * width;
    for (let x = 0; x < width; x++) {
      const gap = gaps[line + x]!;
      if (gap > reach) continue;
      const half = halfWidths[gap]!;
      changes[Math.max(0, x - half)]!++;
      changes[Math.min(width, x + half + 1)]!--;
    }
    let covering = 0;
    for (let x = 0; x < width; x++) {
      covering += changes[x]!;
      if (covering > 0) result[line + x] = 1;
    }
  }
  return maskOf(result, { height, width });
}

/** Rows from each pixel to the nearest one inside in its column; more than any radius where there is none. */
function columnGaps(values: Uint8Array, height: number, width: number): Int32Array {
  const none = height + 1;
  const gaps = new Int32Array(values.length);
  for (let i = 0; i < gaps.length; i++) gaps[i] = values[i] === 0 ? none : 0;
  for (let i = width; i < gaps.length; i++) {
    gaps[i] = Math.min(gaps[i]!, gaps[i - width]! + 1);
  }
  for (let i = gaps.length - width - 1; i >= 0; i--) {
    gaps[i] = Math.min(gaps[i]!, gaps[i + width]! + 1);
  }
  return gaps;
}
