import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { rowMajor } from "../matrix.js";

/** A mask of any shape: 1 (or anything above 0.5) inside, 0 outside, NaN where it is unknown. */
export type MaskLike = ArrayLike<number> | NdArray<Uint8Array> | NdArray<Float32Array>;

/** What stands for a ratio of nothing. */
export interface MaskRatioOptions {
  /** The value where both masks are empty, and the ratio is 0 / 0; NaN by default, 1 in the SIIM-ACR competition. */
  readonly bothEmpty?: number;
}

/** How many places two masks cover, each and together. */
export interface OverlapCounts {
  /** Inside the first. */
  readonly first: number;
  /** Inside the second. */
  readonly second: number;
  /** Inside both. */
  readonly both: number;
}

/**
 * Dice coefficient of two masks (Dice 1945): 2 |A and B| / (|A| + |B|), from 0 (disjoint) to 1 (equal). Places where either
 * is NaN count nowhere.
 *
 * @throws ArgumentError for masks of two sizes
 */
export function diceCoefficient(a: MaskLike, b: MaskLike, options: MaskRatioOptions = {}): number {
  return diceOf(overlapCounts(a, b), options);
}

/**
 * Intersection over union of two masks (Jaccard 1912): |A and B| / |A or B|, from 0 (disjoint) to 1 (equal). Places where
 * either is NaN count nowhere.
 *
 * @throws ArgumentError for masks of two sizes
 */
export function intersectionOverUnion(a: MaskLike, b: MaskLike, options: MaskRatioOptions = {}): number {
  const { first, second, both } = overlapCounts(a, b);
  const union = first + second - both;
  return union === 0 ? (options.bothEmpty ?? Number.NaN) : both / union;
}

/** The Dice coefficient of counts. */
export function diceOf({ first, second, both }: OverlapCounts, { bothEmpty }: MaskRatioOptions = {}): number {
  const sum = first + second;
  return sum === 0 ? (bothEmpty ?? Number.NaN) : (2 * both) / sum;
}

/** Counts the places of two masks, where both are known. */
export function overlapCounts(a: MaskLike, b: MaskLike): OverlapCounts {
  const [x, y] = [valuesOf(a), valuesOf(b)];
  if (x.length !== y.length) {
    throw new ArgumentError(
      "b",
      `has ${y.length} places where a has ${x.length}; expected masks of one size`,
    );
  }
  let [first, second, both] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [p, q] = [x[i]!, y[i]!];
    if (Number.isNaN(p) || Number.isNaN(q)) continue;
    if (p > 0.5) first++;
    if (q > 0.5) second++;
    if (p > 0.5 && q > 0.5) both++;
  }
  return { first, second, both };
}

function valuesOf(mask: MaskLike): ArrayLike<number> {
  return "shape" in mask ? rowMajor(mask as NdArray<Float32Array>) : mask;
}
