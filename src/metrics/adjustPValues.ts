import { ArgumentError } from "../errors.js";

/**
 * How p values of several tests are adjusted.
 *
 * - "holm": step-down; bounds the probability of any false rejection, whatever the tests have in common (Holm, Scand. J.
 *   Stat. 1979).
 * - "bonferroni": p times the number of tests; bounds the same and is never smaller than "holm".
 * - "benjamini-hochberg": step-up; bounds the expected share of false ones among the rejections, for independent or
 *   positively dependent tests (Benjamini and Hochberg, J. R. Stat. Soc. B 1995).
 * - "none": as they are.
 */
export type PValueAdjustment = "holm" | "benjamini-hochberg" | "bonferroni" | "none";

/**
 * Adjusted p values: reject where one is at most the level. Equal to `multipletests` of statsmodels ("holm", "fdr_bh",
 * "bonferroni") and to R's `p.adjust`.
 *
 * @param pValues in [0, 1], or NaN for a test that is undefined: it stays NaN and does not count as a test
 * @returns in the order given, at most 1; empty for none
 * @throws ArgumentError for a value outside [0, 1] or an unknown method
 */
export function adjustPValues(pValues: ArrayLike<number>, method: PValueAdjustment): Float64Array {
  const adjusted = Float64Array.from(pValues);
  adjusted.forEach((p, i) => {
    if (p < 0 || p > 1) {
      throw new ArgumentError("pValues", `index ${i} is ${p}; expected a probability in [0, 1] or NaN`);
    }
  });
  const order = Array.from(adjusted, (_, i) => i)
    .filter((i) => !Number.isNaN(adjusted[i]!))
    .sort((a, b) => adjusted[a]! - adjusted[b]!);
  const tests = order.length;
  let bound: number;
  switch (method) {
    case "none":
      break;
    case "bonferroni":
      for (const i of order) adjusted[i] = Math.min(1, tests * adjusted[i]!);
      break;
    case "holm":
      bound = 0;
      order.forEach((i, rank) => {
        bound = Math.max(bound, Math.min(1, (tests - rank) * adjusted[i]!));
        adjusted[i] = bound;
      });
      break;
    case "benjamini-hochberg":
      bound = 1;
      for (let rank = tests; rank > 0; rank--) {
        const i = order[rank - 1]!;
        bound = Math.min(bound, (adjusted[i]! * tests) / rank);
        adjusted[i] = bound;
      }
      break;
    default:
      throw new ArgumentError(
        "method",
        `is ${method}; expected "holm", "benjamini-hochberg", "bonferroni" or "none"`,
      );
  }
  return adjusted;
}
