import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import type { LevelOptions } from "./delong.js";
import { type KappaInterval, kappaInterval } from "./kappaInterval.js";
import { categoryPlaces, raterColumns } from "./ratings.js";
import { checkLevel } from "./resampling.js";

/** How Fleiss' kappa is computed. */
export interface FleissOptions {
  /** Chance agreement: "fleiss" (the default), from the categories' shares; "randolph", 1 / number of categories. */
  readonly method?: "fleiss" | "randolph";
  /** All categories; by default those that occur. "randolph" depends on how many there are. */
  readonly categories?: readonly number[];
}

/**
 * Fleiss' kappa of several raters (Psychological Bulletin 76, 1971), or Randolph's free-marginal kappa (2005). Equal to
 * statsmodels' `fleiss_kappa`. It needs the same number of raters for each item, so items with an unknown (NaN) are left out;
 * {@link fleissKappaInterval} counts them, and {@link krippendorffAlpha} uses them.
 *
 * @param ratings rows are items, columns raters, of which there are at least two
 * @returns at most 1; NaN without an item that all rated, or with one category only (0 / 0)
 * @throws ArgumentError for fewer than two raters, rows of different length, an infinite rating, an option that is none of
 *   its words, or `categories` that lack a rating or repeat
 */
export function fleissKappa(ratings: MatrixLike, options: FleissOptions = {}): number {
  return fleissKappaInterval(ratings, options).kappa;
}

/**
 * {@link fleissKappa} with a large-sample standard error and interval, by linearisation, the items being a sample and the
 * raters fixed (Gwet, Large-sample variance of Fleiss generalized kappa, Educ. Psychol. Meas. 2021; the standard errors of R's
 * irrCAC), and the test of independence of Fleiss, Nee and Landis (Psychological Bulletin 86, 1979; R's `kappam.fleiss`),
 * whose standard error holds for a kappa of 0 only. With a few dozen items the interval is somewhat narrow.
 *
 * It takes items as independent. Where patients have several, resample patients:
 *
 * ```ts
 * bootstrapInterval((rows) => fleissKappa(Array.from(rows, (row) => ratings[row]!)), { groups: patientIds, seed: 7 });
 * ```
 *
 * @returns with one item only a standard error of NaN
 * @throws ArgumentError as {@link fleissKappa}, and for a level outside (0, 1)
 */
export function fleissKappaInterval(
  ratings: MatrixLike,
  { method = "fleiss", categories, level = 0.95 }: FleissOptions & LevelOptions = {},
): KappaInterval {
  checkLevel(level);
  if (method !== "fleiss" && method !== "randolph") {
    throw new ArgumentError("options.method", `is ${method}; expected "fleiss" or "randolph"`);
  }
  const { rows, columns } = raterColumns(ratings);
  const raters = columns.length;
  if (rows > 0 && raters < 2) {
    throw new ArgumentError("ratings", `has ${raters} columns; expected at least two raters`);
  }
  const items: number[][] = [];
  for (let row = 0; row < rows; row++) {
    const item = columns.map((column) => column[row]!);
    if (!item.some(Number.isNaN)) items.push(item);
  }
  const places = categoryPlaces(items.flat(), categories);
  const n = items.length;
  const totals = new Float64Array(places.size);
  const counts = items.map((item) => {
    const of = new Float64Array(places.size);
    for (const rating of item) of[places.get(rating)!]!++;
    of.forEach((count, c) => {
      totals[c]! += count;
    });
    return of;
  });
  const shares = totals.map((total) => (method === "fleiss" ? total / (n * raters) : 1 / places.size));
  const agreements = counts.map((of) => sum(of, (count) => (count * (count - 1)) / (raters * (raters - 1))));
  const chances = counts.map((of) => sum(of, (count, c) => (count * shares[c]!) / raters));
  const observed = sum(agreements, (agreement) => agreement) / n;
  const expected = n > 0 ? sum(shares, (share) => share ** 2) : Number.NaN;
  const kappa = (observed - expected) / (1 - expected);
  const spread = sum(
    agreements,
    (agreement, i) => (agreement - observed - 2 * (1 - kappa) * (chances[i]! - expected)) ** 2,
  );
  const skew = sum(shares, (share) => share * (1 - share) * (1 - 2 * share));
  const nullSpread = (2 * ((1 - expected) ** 2 - skew)) / (n * raters * (raters - 1));
  return kappaInterval({
    kappa,
    standardError: Math.sqrt(spread / (n * (n - 1))) / (1 - expected),
    nullError: Math.sqrt(nullSpread) / (1 - expected),
    n,
    unknown: rows - n,
    observed,
    expected,
    level,
  });
}

function sum(values: ArrayLike<number>, of: (value: number, index: number) => number): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += of(values[i]!, i);
  return total;
}
