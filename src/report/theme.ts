import type { Config, TopLevelSpec } from "vega-lite";

/** Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), and greys. */
export const colours = {
  blue: "#0072B2",
  vermillion: "#D55E00",
  green: "#009E73",
  purple: "#CC79A7",
  orange: "#E69F00",
  text: "#1a1a1a",
  muted: "#595959",
  line: "#8c8c8c",
  grid: "#e6e6e6",
} as const;

/** For sets and other groups, in this order; shapes and dashes tell them apart without colour. */
export const groupColours = [
  colours.blue,
  colours.vermillion,
  colours.green,
  colours.purple,
  colours.orange,
] as const;

/** Marks of the groups, in the order of {@link groupColours}. */
export const groupShapes = ["circle", "square", "triangle-up", "diamond", "cross"] as const;

/** Dashes of lines that stand in one plot, so that they differ without colour. */
export const lineDashes = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [9, 3, 2, 3, 2, 3],
] as const;

/** What all plots share. */
const config: Config = {
  aria: false,
  background: "white",
  font: "system-ui, sans-serif",
  padding: 4,
  view: { stroke: null },
  title: {
    anchor: "start",
    frame: "bounds",
    color: colours.text,
    fontSize: 13,
    fontWeight: 600,
    subtitleColor: colours.muted,
    subtitleFontSize: 11,
    subtitlePadding: 3,
    offset: 8,
  },
  axis: {
    domainColor: colours.line,
    tickColor: colours.line,
    tickSize: 4,
    gridColor: colours.grid,
    labelColor: colours.text,
    labelFontSize: 11,
    labelFlush: false,
    titleColor: colours.muted,
    titleFontSize: 11,
    titleFontWeight: "normal",
    titlePadding: 6,
  },
  legend: {
    orient: "top",
    title: null,
    labelFontSize: 12,
    labelColor: colours.text,
    symbolSize: 70,
    symbolStrokeWidth: 2,
  },
};

/** A spec that can stand among others. */
export type Plot = Extract<TopLevelSpec, { readonly concat: unknown }>["concat"][number];

/** A plot of several marks. */
export type LayeredPlot = Extract<Plot, { readonly layer: unknown }>;

/** One of the marks that a plot lays over each other. */
export type Layer = LayeredPlot["layer"][number];

/** One plot of a group that stands side by side. */
export interface Panel {
  /** Heading. */
  readonly title: string;
  /** Lines below the heading. */
  readonly lines: readonly string[];
  /** The plot, without them. */
  readonly plot: Plot;
}

/** What every spec starts with. */
export const themed = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", config };

/** Whether each of several plots has its own colours and legend, or all have the same and one legend above them. */
export type Legends = "independent" | "shared";

/** A spec of several plots in rows. */
export function concatenated(
  plots: readonly Plot[],
  columns: number,
  legends: Legends = "independent",
): TopLevelSpec {
  return {
    ...themed,
    spacing: 28,
    columns,
    concat: [...plots],
    resolve: { scale: { color: legends, strokeDash: legends, shape: legends } },
  };
}

/** A spec of several panels in rows, each under its heading. */
export function sideBySide(panels: readonly Panel[], columns: number, legends?: Legends): TopLevelSpec {
  const plots = panels.map(({ title, lines, plot }) => ({
    ...plot,
    title: { text: title, subtitle: [...lines] },
  }));
  return concatenated(plots, columns, legends);
}

/**
 * Axis settings that leave as much room as these labels need. Without a canvas Vega guesses how wide texts are and
 * leaves a wide gap; an average letter has 6.6 pixels. Labels that are longer still are cut with an ellipsis.
 */
export function roomFor(labels: readonly string[]) {
  const most = 240;
  const extent = Math.min(most, 4 + 6.6 * Math.max(0, ...labels.map(({ length }) => length)));
  return { minExtent: extent, maxExtent: extent, labelLimit: 1.3 * most };
}

/** Says in the middle of an empty plot why it is empty. */
export function emptyPlot(reason: string, width = 300): Plot {
  return {
    width,
    height: 60,
    data: { values: [{}] },
    mark: { type: "text", text: reason, color: colours.muted, fontSize: 12 },
  };
}
