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
    ...aligned([[...header, "on positives", "on negatives", "pairs", "unknown"], ...rows]),
    "",
    `Complete agreement of ${sets.length} label sets`,
    ...aligned([
      ["class", "share", "samples", "unknown"],
      ...complete.map((of) => [of.class, shown(of.share), `${of.n}`, `${of.unknown}`]),
    ]),
  ].join("\n");
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows.map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join("  ")
      .trimEnd(),
  );
}
