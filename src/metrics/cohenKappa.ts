import { ArgumentError } from "../errors.js";
import type { LevelOptions } from "./delong.js";
import { type KappaInterval, kappaInterval } from "./kappaInterval.js";
import { categoryPlaces, ratedPairs } from "./ratings.js";
import { checkLevel } from "./resampling.js";
import type { WeightOptions } from "./sample.js";

/** How Cohen's kappa is computed. */
export interface KappaOptions extends WeightOptions {
  /**
   * How much a disagreement counts: all the same by default; "linear", the distance of the two categories in their order;
   * "quadratic", its square.
   */
  readonly weighting?: "linear" | "quadratic";
  /** All categories in order; by default the values that occur, ascending. Neighbours are 1 apart, whatever their values. */
  readonly categories?: readonly number[];
}

/**
 * Cohen's kappa of two raters: (observed - expected) / (1 - expected) agreement (Cohen 1960; weighted, Cohen 1968). Equal to
 * scikit-learn's `cohen_kappa_score`.
 *
 * @param a ratings of one rater, any finite numbers, or NaN for unknown; pairs with an unknown are skipped
 * @param b ratings of the other, one for each of `a`
 * @returns at most 1; NaN without a known pair, and when both raters gave one and the same category throughout (0 / 0)
 * @throws ArgumentError when the lengths differ, a rating is infinite, `categories` lacks one or repeats, `weighting` is none
 *   of its words, or a weight is not a finite number from 0
 */
export function cohenKappa(a: ArrayLike<number>, b: ArrayLike<number>, options: KappaOptions = {}): number {
  return cohenKappaInterval(a, b, options).kappa;
}

/**
 * {@link cohenKappa} with the large-sample standard error, interval and test of independence of Fleiss, Cohen and Everitt
 * (Psychological Bulletin 72, 1969). Equal to statsmodels' `cohens_kappa`. Weights are taken as frequencies.
 *
 * It takes pairs as independent. Where patients have several, resample patients:
 *
 * ```ts
 * bootstrapInterval(
 *   (rows) => cohenKappa(Array.from(rows, (row) => a[row]!), Array.from(rows, (row) => b[row]!)),
 *   { groups: studies.map((study) => study.patientId), seed: 7 },
 * );
 * ```
 *
 * @throws ArgumentError as {@link cohenKappa}, and for a level outside (0, 1)
 */
export function cohenKappaInterval(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { weighting, categories, weights, level = 0.95 }: KappaOptions & LevelOptions = {},
): KappaInterval {
  checkLevel(level);
  if (weighting !== undefined && weighting !== "linear" && weighting !== "quadratic") {
    throw new ArgumentError("options.weighting", `is ${weighting}; expected "linear" or "quadratic"`);
  }
  const pairs = ratedPairs(a, b, weights);
  const places = categoryPlaces([...pairs.a, ...pairs.b], categories);
  const size = places.size;
  const n = pairs.weights.reduce((sum, weight) => sum + weight, 0);
  const share = new Float64Array(size * size);
  pairs.a.forEach((rating, i) => {
    share[places.get(rating)! * size + places.get(pairs.b[i]!)!]! += pairs.weights[i]! / n;
  });
  const rows = new Float64Array(size);
  const columns = new Float64Array(size);
  const cells = Array.from(share, (p, cell) => ({ p, i: Math.floor(cell / size), j: cell % size }));
  for (const { p, i, j } of cells) {
    rows[i]! += p;
    columns[j]! += p;
  }
  const cost = (i: number, j: number) => {
    if (weighting === undefined) return i === j ? 0 : 1;
    const distance = Math.abs(i - j) / Math.max(1, size - 1);
    return weighting === "linear" ? distance : distance ** 2;
  };
  let observedCost = 0;
  let expectedCost = 0;
  const rowCredit = new Float64Array(size);
  const columnCredit = new Float64Array(size);
  for (const { p, i, j } of cells) {
    observedCost += cost(i, j) * p;
    expectedCost += cost(i, j) * rows[i]! * columns[j]!;
    rowCredit[i]! += (1 - cost(i, j)) * columns[j]!;
    columnCredit[j]! += (1 - cost(i, j)) * rows[i]!;
  }
  const kappa = n > 0 ? 1 - observedCost / expectedCost : Number.NaN;
  const expected = n > 0 ? 1 - expectedCost : Number.NaN;
  let spread = 0;
  let nullSpread = 0;
  for (const { p, i, j } of cells) {
    const credit = rowCredit[i]! + columnCredit[j]!;
    spread += p * (1 - cost(i, j) - credit * (1 - kappa)) ** 2;
    nullSpread += rows[i]! * columns[j]! * (1 - cost(i, j) - credit) ** 2;
  }
  const scale = expectedCost * Math.sqrt(n);
  return kappaInterval({
    kappa,
    standardError: rootOf(spread - (kappa - expected * (1 - kappa)) ** 2) / scale,
    nullError: rootOf(nullSpread - expected ** 2) / scale,
    n,
    unknown: pairs.unknown,
    observed: n > 0 ? 1 - observedCost : Number.NaN,
    expected,
    level,
  });
}

/** Rounding may leave a little less than 0, and of perfect agreement a little more. */
const rootOf = (variance: number) => (variance < 1e-15 ? 0 : Math.sqrt(variance));
