import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { rowMajor } from "../matrix.js";

/** An image taken apart. */
export interface ImagePixels {
  /** The stored values, row by row; shares memory with the image where that is possible. */
  readonly values: Uint8Array | Uint16Array | Float32Array;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** The stored value of unit pixel 0. */
  readonly low: number;
  /** How far apart the stored values of unit pixels 0 and 1 are. */
  readonly span: number;
}

/**
 * The pixels of an image; a unit pixel is (value - low) / span.
 *
 * @throws ArgumentError when the image has not two dimensions, or its range is empty or not finite
 */
export function readPixels(image: Image): ImagePixels {
  const pixels = image.pixels as NdArray<ImagePixels["values"]>;
  const [height, width] = pixels.shape;
  if (pixels.shape.length !== 2 || height === undefined || width === undefined) {
    throw new ArgumentError("image.pixels", `has shape [${pixels.shape}]; expected [height, width]`);
  }
  const [low, high] = image.range;
  if (!(high > low && Number.isFinite(high - low))) {
    throw new ArgumentError("image.range", `is [${low}, ${high}]; expected two finite numbers, low < high`);
  }
  return { values: rowMajor(pixels), height, width, low, span: high - low };
}
