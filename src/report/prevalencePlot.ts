import type { TopLevelSpec } from "vega-lite";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { prevalences } from "./prevalence.js";
import { colours, groupColours, groupShapes, themed } from "./theme.js";

/**
 * How often each class is present in each set, as a share of the images in which it is known: a line a class, a mark a
 * set, the most frequent class of the first set on top. A class without a known label in a set has no mark there.
 *
 * @param sets named sets, such as training, validation and test; the sixth has the first one's mark and colour again
 */
export function prevalencePlot(
  sets: Readonly<Record<string, { readonly labels: LabelMatrix }>>,
): TopLevelSpec {
  const rows = prevalences(sets).filter(({ known }) => known > 0);
  const names = Object.keys(sets);
  const inFirst = (finding: string) =>
    rows.find((row) => row.set === names[0] && row.finding === finding)?.share ?? 0;
  const findings = [...new Set(rows.map(({ finding }) => finding))].sort((a, b) => inFirst(b) - inFirst(a));
  const longest = Math.max(0, ...findings.map(({ length }) => length));
  const cycle = <T>(values: readonly T[]): T[] => names.map((_, i) => values[i % values.length]!);
  return {
    ...themed,
    width: 300,
    height: 22 * findings.length,
    // Vega guesses the labels' width without a canvas, and leaves a wide gap; an average letter has 6.6 pixels.
    autosize: "none",
    padding: { left: 16 + 6.6 * longest, right: 12, top: 34, bottom: 42 },
    data: { values: rows },
    encoding: {
      y: {
        field: "finding",
        type: "nominal",
        sort: findings,
        title: null,
      },
    },
    layer: [
      {
        mark: { type: "rule", color: colours.grid, strokeWidth: 3 },
        encoding: {
          x: { aggregate: "min", field: "share", type: "quantitative" },
          x2: { aggregate: "max", field: "share" },
        },
      },
      {
        mark: { type: "point", filled: false, size: 60, strokeWidth: 2 },
        encoding: {
          x: {
            field: "share",
            type: "quantitative",
            title: "images with the finding, of those in which it is known",
            axis: { format: "~%", tickCount: 5, titleAnchor: "start" },
          },
          color: { field: "set", type: "nominal", scale: { domain: names, range: cycle(groupColours) } },
          shape: { field: "set", type: "nominal", scale: { domain: names, range: cycle(groupShapes) } },
        },
      },
    ],
  };
}
