import type { LabelMatrix } from "../labels/labelMatrix.js";
import { dotRows } from "./dotRows.js";
import { type Figure, figure } from "./figure.js";
import { formatCount, formatPercent } from "./format.js";
import { type Prevalence, prevalences } from "./prevalence.js";
import type { LayeredPlot } from "./theme.js";

/**
 * How often each class is present in each set, as a share of the images in which it is known: a line a class, a mark a
 * set, the most frequent class of the first set on top. A class without a known label in a set has no mark there.
 *
 * @param sets named sets, such as training, validation and test; the sixth has the first one's mark and colour again
 */
export function prevalencePlot(sets: Readonly<Record<string, { readonly labels: LabelMatrix }>>): Figure {
  const names = Object.keys(sets);
  const rows = prevalences(sets);
  const findings = [...new Set(rows.map(({ finding }) => finding))];
  const cell = (set: string, finding: string): string => {
    const found = rows.find((row) => row.set === set && row.finding === finding);
    if (found === undefined) return "not labelled";
    const { positives, known, share } = found;
    const ofKnown = `${formatCount(positives)} of ${formatCount(known)}`;
    return known === 0 ? ofKnown : `${ofKnown} (${formatPercent(share)})`;
  };
  const table = {
    columns: ["finding", ...names],
    rows: findings.map((finding) => [finding, ...names.map((set) => cell(set, finding))]),
  };
  const title = "Prevalence by set";
  return figure(title, [{ title, lines: [], plot: prevalenceMarks(rows, names) }], table, { columns: 1 });
}

/** The plot of {@link prevalencePlot}; `names` are the sets, in their order. */
export function prevalenceMarks(shares: readonly Prevalence[], names: readonly string[]): LayeredPlot {
  const known = shares.filter((prevalence) => prevalence.known > 0);
  const inFirst = (finding: string) =>
    known.find((row) => row.set === names[0] && row.finding === finding)?.share ?? 0;
  const findings = [...new Set(known.map(({ finding }) => finding))];
  return dotRows({
    dots: known.map(({ finding, set, share }) => ({ row: finding, group: set, value: share })),
    rows: findings.sort((a, b) => inFirst(b) - inFirst(a)),
    groups: names,
    title: "images with the finding, of those in which it is known",
    format: "~%",
  });
}
