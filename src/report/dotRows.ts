import { colours, groupColours, groupShapes, type LayeredPlot, roomFor } from "./theme.js";

/** A mark of {@link dotRows}. */
export interface Dot {
  /** The line it stands on. */
  readonly row: string;
  /** The group that it belongs to, which decides its colour and shape. */
  readonly group: string;
  /** Where it stands on the line. */
  readonly value: number;
}

/** What a plot of {@link dotRows} shows. */
export interface DotRows {
  /** The marks. */
  readonly dots: readonly Dot[];
  /** The lines, from the top. */
  readonly rows: readonly string[];
  /** The groups, in the order of the legend; the sixth has the first one's mark and colour again. */
  readonly groups: readonly string[];
  /** What the horizontal axis says. */
  readonly title: string;
  /** How it writes numbers, as d3-format has it. */
  readonly format: string;
  /** Values that get a dashed upright line each. */
  readonly guides?: readonly number[];
  /** Whether the axis begins at 0; default true. Without that it spans the marks alone. */
  readonly zero?: boolean;
}

/** How many entries of the legend fit above the plot; without a canvas Vega takes a letter of 12 pixels to be 9.6 wide. */
export function legendColumns(groups: readonly string[]): number {
  const room = 330;
  const widths = groups.map(({ length }) => 30 + 9.6 * length);
  if (widths.reduce((sum, width) => sum + width, 0) <= room) return Math.max(1, groups.length);
  return Math.max(1, Math.floor(room / Math.max(...widths)));
}

/** A line a row with a mark a group on it, and a bar from the lowest to the highest mark. */
export function dotRows({
  dots,
  rows,
  groups,
  title,
  format,
  guides = [],
  zero = true,
}: DotRows): LayeredPlot {
  const cycle = <T>(values: readonly T[]): T[] => groups.map((_, i) => values[i % values.length]!);
  const legend = { orient: "top" as const, columns: legendColumns(groups), labelLimit: 320 };
  const y = {
    field: "row",
    type: "nominal" as const,
    scale: { domain: [...rows] },
    title: null,
    axis: roomFor(rows),
  };
  return {
    width: 300,
    height: 22 * rows.length,
    layer: [
      {
        data: { values: guides.map((value) => ({ value })) },
        mark: { type: "rule", color: colours.line, strokeDash: [3, 3] },
        encoding: {
          x: { field: "value", type: "quantitative" },
          y: { value: 0 },
          y2: { value: 22 * rows.length },
        },
      },
      {
        data: { values: [...dots] },
        mark: { type: "rule", color: colours.grid, strokeWidth: 3 },
        encoding: {
          y,
          x: { aggregate: "min", field: "value", type: "quantitative" },
          x2: { aggregate: "max", field: "value" },
        },
      },
      {
        data: { values: [...dots] },
        mark: { type: "point", filled: false, size: 60, strokeWidth: 2 },
        encoding: {
          y,
          x: {
            field: "value",
            type: "quantitative",
            title,
            scale: { ...((guides.length > 0 || !zero) && { padding: 10 }), ...(!zero && { zero }) },
            axis: { format, tickCount: 5, titleAnchor: "start" },
          },
          color: {
            field: "group",
            type: "nominal",
            legend,
            scale: { domain: [...groups], range: cycle(groupColours) },
          },
          shape: {
            field: "group",
            type: "nominal",
            legend,
            scale: { domain: [...groups], range: cycle(groupShapes) },
          },
        },
      },
    ],
  };
}
