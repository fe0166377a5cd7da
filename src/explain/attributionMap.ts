import ndarray, { type NdArray } from "ndarray";
import type { ImageShape } from "./baseline.js";
import { type ExplanationMap, explanationMaps } from "./explanationMap.js";

/** How much each pixel of the input counts, one map an image; raw and normalized hold what speaks for the target. */
export interface AttributionMap extends ExplanationMap {
  /** Shape [batch, height, width] of the images: signed, negative where a pixel speaks against the target. */
  readonly attribution: NdArray<Float32Array>;
  /** Score of each image as it is. */
  readonly scores: Float32Array;
}

/**
 * Puts one image's attributions under one another.
 *
 * @param attributions one an image, [height, width] row-major
 * @param scores one an image
 */
export function attributionMap(
  attributions: readonly ArrayLike<number>[],
  scores: readonly number[],
  [height, width]: readonly [height: number, width: number, ...rest: number[]],
): AttributionMap {
  const values = new Float32Array(attributions.length * height * width);
  for (const [i, one] of attributions.entries()) values.set(one, i * height * width);
  const attribution = ndarray(values, [attributions.length, height, width]);
  const [map] = explanationMaps([attribution], [height, width]);
  return { attribution, ...map!, scores: Float32Array.from(scores) };
}

/** The sum over channels at each pixel. */
export function channelSum(values: ArrayLike<number>, [height, width, channels]: ImageShape): Float64Array {
  const sums = new Float64Array(height * width);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / channels)]! += values[i]!;
  return sums;
}
