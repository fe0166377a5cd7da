import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { ratedPairs, raterColumns } from "./ratings.js";
import type { WeightOptions } from "./sample.js";

/** How often all raters agree. */
export interface CompleteAgreement {
  /** Share of the items on which all agree; NaN without an item that all rated. */
  readonly share: number;
  /** Items that all rated. */
  readonly n: number;
  /** Items with an unknown, left out. */
  readonly unknown: number;
}

/** Agreement on positives and on negatives. */
export interface SpecificAgreement {
  /** 2a / (2a + b + c), in [0, 1]; NaN when neither has a positive. */
  readonly positive: number;
  /** 2d / (2d + b + c), in [0, 1]; NaN when neither has a negative. */
  readonly negative: number;
}

/**
 * Share of pairs in which two raters agree. Pairs with an unknown (NaN) are skipped.
 *
 * @returns in [0, 1]; NaN without a known pair
 * @throws ArgumentError when the lengths differ, a rating is infinite or a weight is not a finite number from 0
 */
export function percentAgreement(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  const pairs = ratedPairs(a, b, weights);
  let agreed = 0;
  let total = 0;
  pairs.weights.forEach((weight, i) => {
    total += weight;
    if (pairs.a[i] === pairs.b[i]) agreed += weight;
  });
  return agreed / total;
}

/**
 * Share of items on which all raters agree. Items with an unknown (NaN) are left out and counted.
 *
 * @param ratings rows are items, columns raters
 * @throws ArgumentError when rows differ in length or a rating is infinite
 */
export function completeAgreement(ratings: MatrixLike): CompleteAgreement {
  const { rows, columns } = raterColumns(ratings);
  let n = 0;
  let agreed = 0;
  for (let row = 0; row < rows; row++) {
    if (columns.some((column) => Number.isNaN(column[row]!))) continue;
    n++;
    if (columns.every((column) => column[row] === columns[0]![row])) agreed++;
  }
  return { share: agreed / n, n, unknown: rows - n };
}

/**
 * Agreement on positives and on negatives of two raters of 1, 0 or NaN, with a both positive, d both negative, b and c one of
 * them (Cicchetti and Feinstein, J Clin Epidemiol 43, 1990). Read it beside kappa, which depends on prevalence. Pairs with an
 * unknown are skipped.
 *
 * @throws ArgumentError as {@link percentAgreement}, and for a rating that is not 1, 0 or NaN
 */
export function specificAgreement(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { weights }: WeightOptions = {},
): SpecificAgreement {
  const pairs = ratedPairs(a, b, weights);
  let both = 0;
  let neither = 0;
  let one = 0;
  pairs.weights.forEach((weight, i) => {
    for (const [argument, rating] of [
      ["a", pairs.a[i]],
      ["b", pairs.b[i]],
    ] as const) {
      if (rating === 0 || rating === 1) continue;
      throw new ArgumentError(argument, `has ${rating}; expected 0, 1 or NaN (unknown)`);
    }
    const first = pairs.a[i] === 1;
    if (first !== (pairs.b[i] === 1)) one += weight;
    else if (first) both += weight;
    else neither += weight;
  });
  return { positive: (2 * both) / (2 * both + one), negative: (2 * neither) / (2 * neither + one) };
}
