import type { TopLevelSpec } from "vega-lite";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { dotRows, legendColumns } from "./dotRows.js";
import { type Prevalence, prevalences } from "./prevalence.js";
import { type LayeredPlot, roomFor, themed } from "./theme.js";

/**
 * How often each class is present in each set, as a share of the images in which it is known: a line a class, a mark a
 * set, the most frequent class of the first set on top. A class without a known label in a set has no mark there.
 *
 * @param sets named sets, such as training, validation and test; the sixth has the first one's mark and colour again
 */
export function prevalencePlot(
  sets: Readonly<Record<string, { readonly labels: LabelMatrix }>>,
): TopLevelSpec {
  const names = Object.keys(sets);
  const { minExtent } = roomFor(Object.values(sets).flatMap(({ labels }) => labels.classes));
  const top = 12 + 22 * Math.ceil(names.length / legendColumns(names));
  return {
    ...themed,
    ...prevalenceMarks(prevalences(sets), names),
    // A plot that stands alone can have its room set, instead of by Vega's guess at the legend's width.
    autosize: "none",
    padding: { left: 12 + minExtent, right: 12, top, bottom: 42 },
  };
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
