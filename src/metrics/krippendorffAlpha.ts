import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { categoryPlaces, raterColumns } from "./ratings.js";

/** How Krippendorff's alpha is computed. */
export interface AlphaOptions {
  /** What the ratings mean: "nominal" (the default), "ordinal", "interval" or "ratio". */
  readonly measurement?: "nominal" | "ordinal" | "interval" | "ratio";
}

/**
 * Krippendorff's alpha, 1 - observed / expected disagreement, of any number of raters with missing ratings (Krippendorff,
 * Computing Krippendorff's Alpha-Reliability, 2011, by the coincidence matrix). Items with fewer than two ratings add nothing.
 * For an interval, resample items with {@link bootstrapInterval}:
 *
 * ```ts
 * bootstrapInterval((rows) => krippendorffAlpha(Array.from(rows, (row) => ratings[row]!)), { groups: patientIds, seed: 7 });
 * ```
 *
 * @param ratings rows are items, columns raters; NaN where a rater gave none
 * @returns at most 1; NaN where the pairable ratings are all the same or there are none (0 / 0)
 * @throws ArgumentError for rows of different length, an infinite rating, a `measurement` that is none of its words, or a
 *   rating below 0 for "ratio"
 */
export function krippendorffAlpha(
  ratings: MatrixLike,
  { measurement = "nominal" }: AlphaOptions = {},
): number {
  if (!["nominal", "ordinal", "interval", "ratio"].includes(measurement)) {
    throw new ArgumentError(
      "options.measurement",
      `is ${measurement}; expected "nominal", "ordinal", "interval" or "ratio"`,
    );
  }
  const { rows, columns } = raterColumns(ratings);
  const items: number[][] = [];
  for (let row = 0; row < rows; row++) {
    const item = columns.map((column) => column[row]!).filter((rating) => !Number.isNaN(rating));
    if (item.length > 1) items.push(item);
  }
  const places = categoryPlaces(items.flat(), undefined);
  const values = [...places.keys()];
  if (measurement === "ratio" && values[0]! < 0) {
    throw new ArgumentError("ratings", `has ${values[0]}; a ratio scale expects numbers from 0`);
  }
  const size = values.length;
  const coincidences = new Float64Array(size * size);
  const totals = new Float64Array(size);
  for (const item of items) {
    const counts = new Map<number, number>();
    for (const rating of item) counts.set(places.get(rating)!, (counts.get(places.get(rating)!) ?? 0) + 1);
    for (const [c, count] of counts) {
      totals[c]! += count;
      for (const [k, other] of counts) {
        coincidences[c * size + k]! += (count * (c === k ? count - 1 : other)) / (item.length - 1);
      }
    }
  }
  const before = new Float64Array(size + 1);
  for (let c = 0; c < size; c++) before[c + 1] = before[c]! + totals[c]!;
  const difference = (c: number, k: number) => {
    const gap = values[k]! - values[c]!;
    if (measurement === "nominal") return 1;
    if (measurement === "interval") return gap ** 2;
    if (measurement === "ratio") return (gap / (values[k]! + values[c]!)) ** 2;
    return (before[k + 1]! - before[c]! - (totals[c]! + totals[k]!) / 2) ** 2;
  };
  let observed = 0;
  let expected = 0;
  for (let c = 0; c < size; c++) {
    for (let k = c + 1; k < size; k++) {
      observed += coincidences[c * size + k]! * difference(c, k);
      expected += totals[c]! * totals[k]! * difference(c, k);
    }
  }
  return 1 - ((before[size]! - 1) * observed) / expected;
}
