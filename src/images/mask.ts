import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Mask } from "../image.js";
import { rowMajor } from "../matrix.js";

/** Size of an image, in pixels. */
export interface ImageSize {
  /** Columns, a whole number above 0. */
  readonly width: number;
  /** Rows, a whole number above 0. */
  readonly height: number;
}

/** A mask taken apart. */
export interface MaskPixels extends ImageSize {
  /** Row by row; shares memory with the mask where that is possible. */
  readonly values: Uint8Array;
}

/**
 * The pixels of a mask. Anything but 0 is inside, so masks of 0 and 255 do as well.
 *
 * @param argument the caller's argument, named in errors
 * @throws ArgumentError when the mask has not two dimensions
 */
export function readMask(mask: Mask, argument = "mask"): MaskPixels {
  const [height, width] = mask.shape;
  if (mask.shape.length !== 2 || height === undefined || width === undefined) {
    throw new ArgumentError(argument, `has shape [${mask.shape}]; expected [height, width]`);
  }
  return { values: rowMajor(mask), height, width };
}

/** A mask of values that lie row by row. */
export const maskOf = (values: Uint8Array, { height, width }: ImageSize): Mask =>
  ndarray(values, [height, width]);

/**
 * @param prefix stands before the side's name in errors
 * @throws ArgumentError when a side is not a whole number above 0
 */
export function checkSize({ width, height }: ImageSize, prefix = ""): void {
  for (const [name, side] of Object.entries({ width, height })) {
    if (!(Number.isInteger(side) && side > 0)) {
      throw new ArgumentError(`${prefix}${name}`, `is ${side}; expected a whole number above 0`);
    }
  }
}

/**
 * All that is inside at least one of the masks.
 *
 * @param masks one or more, of one size
 * @returns 1 inside, 0 outside
 * @throws ArgumentError when there is no mask, or their sizes differ
 */
export function unionMasks(masks: readonly Mask[]): Mask {
  const [first] = masks;
  if (first === undefined) throw new ArgumentError("masks", "is empty; expected one mask or more");
  const size = readMask(first, "masks[0]");
  const result = new Uint8Array(size.values.length);
  masks.forEach((mask, m) => {
    const { values, height, width } = readMask(mask, `masks[${m}]`);
    if (height !== size.height || width !== size.width) {
      throw new ArgumentError(
        `masks[${m}]`,
        `has shape [${mask.shape}] and masks[0] [${first.shape}]; bring them to one size with resizeMask`,
      );
    }
    for (let i = 0; i < values.length; i++) if (values[i] !== 0) result[i] = 1;
  });
  return maskOf(result, size);
}

/**
 * The pixels whose score reaches a threshold: score >= threshold is inside.
 *
 * @param scores shape [height, width], such as a segmentation network's probabilities
 * @param threshold default 0.5, the usual cut of a probability
 * @returns 1 inside, 0 outside
 * @throws ArgumentError when the scores have not two dimensions or hold NaN, or the threshold is NaN
 */
export function thresholdMask(scores: NdArray<Float32Array>, threshold = 0.5): Mask {
  if (Number.isNaN(threshold)) throw new ArgumentError("threshold", "is NaN; expected a number");
  const [height, width] = scores.shape;
  if (scores.shape.length !== 2 || height === undefined || width === undefined) {
    throw new ArgumentError("scores", `has shape [${scores.shape}]; expected [height, width]`);
  }
  const values = rowMajor(scores);
  const result = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      throw new ArgumentError("scores", `holds NaN at row ${Math.floor(i / width)}, column ${i % width}`);
    }
    if (value >= threshold) result[i] = 1;
  }
  return maskOf(result, { height, width });
}
