/** What the measures of agreement share: reading ratings. */
import { ArgumentError } from "../errors.js";
import { type Columns, columnsOf, type MatrixLike } from "../matrix.js";
import { checkWeights } from "./sample.js";

/** The pairs of two raters that are both known, with how much each counts. */
export interface RatedPairs {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly weights: readonly number[];
  /** How many pairs have an unknown; those of weight 0 aside. */
  readonly unknown: number;
}

/**
 * Drops the pairs with an unknown or weight 0.
 *
 * @throws ArgumentError when the lengths differ, a rating is infinite or a weight is not a finite number from 0
 */
export function ratedPairs(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  weights?: ArrayLike<number>,
): RatedPairs {
  if (a.length !== b.length) {
    throw new ArgumentError("b", `has ${b.length} ratings where a has ${a.length}; expected as many of both`);
  }
  if (weights !== undefined) checkWeights(weights, a.length);
  const kept = { a: [] as number[], b: [] as number[], weights: [] as number[] };
  let unknown = 0;
  for (let row = 0; row < a.length; row++) {
    checkRating(a[row]!, "a", `index ${row}`);
    checkRating(b[row]!, "b", `index ${row}`);
    const weight = weights?.[row] ?? 1;
    if (weight === 0) continue;
    if (Number.isNaN(a[row]!) || Number.isNaN(b[row]!)) unknown++;
    else {
      kept.a.push(a[row]!);
      kept.b.push(b[row]!);
      kept.weights.push(weight);
    }
  }
  return { ...kept, unknown };
}

/** Ratings of many raters: rows are items, columns raters. */
export function raterColumns(ratings: MatrixLike): Columns {
  const read = columnsOf(ratings, "ratings");
  read.columns.forEach((column, rater) => {
    column.forEach((rating, item) => {
      checkRating(rating, "ratings", `row ${item}, column ${rater}`);
    });
  });
  return read;
}

/**
 * The categories in order: the given ones, or all values in ascending order.
 *
 * @returns the place of each category
 */
export function categoryPlaces(
  values: Iterable<number>,
  given: readonly number[] | undefined,
): ReadonlyMap<number, number> {
  const places = new Map((given ?? [...new Set(values)].sort((x, y) => x - y)).map((value, i) => [value, i]));
  if (given === undefined) return places;
  if (places.size !== given.length || given.some((value) => !Number.isFinite(value))) {
    throw new ArgumentError("options.categories", `is [${given}]; expected different finite numbers`);
  }
  for (const value of values) {
    if (!places.has(value)) {
      throw new ArgumentError("options.categories", `lacks ${value}, which is among the ratings`);
    }
  }
  return places;
}

function checkRating(rating: number, argument: string, place: string): void {
  if (Number.isFinite(rating) || Number.isNaN(rating)) return;
  throw new ArgumentError(argument, `${place} is ${rating}; expected a finite number or NaN (unknown)`);
}
