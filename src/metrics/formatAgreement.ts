import { alignColumns } from "./alignColumns.js";
import type { PairwiseAgreement } from "./pairwiseAgreement.js";

/**
 * {@link pairwiseAgreement} as a plain-text table, one line for each pair and class, then the complete agreement. A number
 * that is undefined reads "-".
 */
export function formatAgreement({ pairs, complete, level, sets }: PairwiseAgreement): string {
  const shown = (value: number) => (Number.isNaN(value) ? "-" : value.toFixed(3));
  const header = ["class", "a", "b", "kappa", `${+(100 * level).toFixed(4)}% interval`, "agreement"];
  const rows = pairs.map((pair) => [
    pair.class,
    pair.a,
    pair.b,
    shown(pair.kappa),
    `${shown(pair.lower)} to ${shown(pair.upper)}`,
    ...[pair.agreement, pair.positive, pair.negative].map(shown),
    `${pair.n}`,
    `${pair.unknown}`,
  ]);
  return [
    ...alignColumns([[...header, "on positives", "on negatives", "pairs", "unknown"], ...rows]),
    "",
    `Complete agreement of ${sets.length} label sets`,
    ...alignColumns([
      ["class", "share", "samples", "unknown"],
      ...complete.map((of) => [of.class, shown(of.share), `${of.n}`, `${of.unknown}`]),
    ]),
  ].join("\n");
}
