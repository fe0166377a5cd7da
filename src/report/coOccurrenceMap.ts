import type { CoOccurrence } from "../labels/describeDatasetFindings.js";
import type { FigureTable } from "./figure.js";
import { formatCount } from "./format.js";
import { shadeOf, textOn } from "./shades.js";
import { colours, type Plot, roomFor } from "./theme.js";

/**
 * A square a pair of findings: how many of the images with the row's finding show the column's too, of those in which
 * the column's is known. The diagonal has the number of images.
 *
 * @param columns which findings to show, in this order, as indices into the classes
 */
export function coOccurrenceMap(
  { classes, both, rowPresent }: CoOccurrence,
  columns: readonly number[],
): Plot {
  const names = columns.map((c) => classes[c]!);
  const cells = columns.flatMap((a) =>
    columns.map((b) => {
      const share = both[a]![b]! / rowPresent[a]![b]!;
      const known = a !== b && !Number.isNaN(share);
      return {
        row: classes[a]!,
        column: classes[b]!,
        fill: known ? shadeOf(share) : colours.grid,
        ink: known ? textOn(share) : "black",
        text: a === b ? formatCount(both[a]![a]!) : percent(share),
      };
    }),
  );
  const longest = Math.max(0, ...cells.map(({ text }) => text.length));
  const side = Math.max(24, 6.2 * longest + 8);
  return {
    width: side * names.length,
    height: 24 * names.length,
    data: { values: cells },
    encoding: {
      x: {
        field: "column",
        type: "nominal",
        scale: { domain: names },
        title: null,
        axis: { orient: "top", labelAngle: -45, labelLimit: 240, domain: false, ticks: false },
      },
      y: {
        field: "row",
        type: "nominal",
        scale: { domain: names },
        title: null,
        axis: { ...roomFor(names), domain: false, ticks: false },
      },
    },
    layer: [
      {
        mark: { type: "rect", stroke: "white" },
        encoding: {
          color: { field: "fill", type: "nominal", scale: null },
        },
      },
      {
        mark: { type: "text", fontSize: 10 },
        encoding: {
          text: { field: "text" },
          color: { field: "ink", type: "nominal", scale: null },
        },
      },
    ],
  };
}

/** The counts of {@link coOccurrenceMap}: images that show both findings. */
export function coOccurrenceTable({ classes, both }: CoOccurrence, columns: readonly number[]): FigureTable {
  return {
    columns: ["images with both", ...columns.map((c) => classes[c]!)],
    rows: columns.map((a) => [classes[a]!, ...columns.map((b) => both[a]![b]!)]),
  };
}

/** A share as a whole percentage; "<1%" for what would round to nothing; a dash where it is undefined. */
function percent(share: number): string {
  if (Number.isNaN(share)) return "–";
  const rounded = Math.round(100 * share);
  return rounded === 0 && share > 0 ? "<1%" : `${rounded}%`;
}
