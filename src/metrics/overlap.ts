import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { rowMajor } from "../matrix.js";
import { type MaskImage, readGrid } from "./maskImage.js";

/** A mask of any shape: 1 (or anything above 0.5) inside, 0 outside, NaN where it is unknown. */
export type MaskLike = ArrayLike<number> | MaskImage;

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
  /** Known in both, inside or not. */
  readonly known: number;
}

/**
 * Dice coefficient of two masks (Dice 1945): 2 |A and B| / (|A| + |B|), from 0 (disjoint) to 1 (equal). Places where either
 * is NaN count nowhere.
 *
 * @throws ArgumentError for masks of two sizes, or another number of values than the size says
 */
export function diceCoefficient(a: MaskLike, b: MaskLike, options: MaskRatioOptions = {}): number {
  return diceOf(overlapCounts(a, b), options);
}

/**
 * Intersection over union of two masks (Jaccard 1912): |A and B| / |A or B|, from 0 (disjoint) to 1 (equal). Places where
 * either is NaN count nowhere.
 *
 * @throws ArgumentError for masks of two sizes, or another number of values than the size says
 */
export function intersectionOverUnion(a: MaskLike, b: MaskLike, options: MaskRatioOptions = {}): number {
  return intersectionOverUnionOf(overlapCounts(a, b), options);
}

/** The Dice coefficient of counts. */
export function diceOf(
  { first, second, both }: Omit<OverlapCounts, "known">,
  { bothEmpty }: MaskRatioOptions = {},
): number {
  const sum = first + second;
  return sum === 0 ? (bothEmpty ?? Number.NaN) : (2 * both) / sum;
}

/** The intersection over union of counts. */
export function intersectionOverUnionOf(
  { first, second, both }: Omit<OverlapCounts, "known">,
  { bothEmpty }: MaskRatioOptions = {},
): number {
  const union = first + second - both;
  return union === 0 ? (bothEmpty ?? Number.NaN) : both / union;
}

/** Counts the places of two masks, where both are known. */
export function overlapCounts(a: MaskLike, b: MaskLike): OverlapCounts {
  const [x, y] = [valuesOf(a, "a"), valuesOf(b, "b")];
  const [shapeA, shapeB] = [shapeOf(a), shapeOf(b)];
  if (x.length !== y.length || (shapeA && shapeB && String(shapeA) !== String(shapeB))) {
    throw new ArgumentError(
      "b",
      `has ${placesOf(y, shapeB)} where a has ${placesOf(x, shapeA)}; expected masks of one size`,
    );
  }
  let [first, second, both, known] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [p, q] = [x[i]!, y[i]!];
    if (Number.isNaN(p) || Number.isNaN(q)) continue;
    known++;
    if (p > 0.5) first++;
    if (q > 0.5) second++;
    if (p > 0.5 && q > 0.5) both++;
  }
  return { first, second, both, known };
}

function valuesOf(mask: MaskLike, argument: string): ArrayLike<number> {
  if ("shape" in mask) return rowMajor(mask as NdArray<Float32Array>);
  return "data" in mask ? readGrid(mask, argument).values : mask;
}

function shapeOf(mask: MaskLike): readonly number[] | undefined {
  if ("shape" in mask) return mask.shape;
  return "data" in mask ? [mask.height, mask.width] : undefined;
}

const placesOf = (values: ArrayLike<number>, shape: readonly number[] | undefined): string =>
  shape ? `shape [${shape}]` : `${values.length} places`;
