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

/** One plot of a group that stands side by side. */
export type Panel = Extract<TopLevelSpec, { readonly concat: unknown }>["concat"][number];

/** One of the marks that a plot lays over each other. */
export type Layer = Extract<Panel, { readonly layer: unknown }>["layer"][number];

/** A spec of its own made of one plot. */
export function standalone(panel: Panel): TopLevelSpec {
  return { $schema: schema, config, ...panel } as TopLevelSpec;
}

/** A spec made of several plots in rows. */
export function sideBySide(panels: readonly Panel[], columns: number): TopLevelSpec {
  return { $schema: schema, config, spacing: 28, columns, concat: [...panels] };
}

const schema = "https://vega.github.io/schema/vega-lite/v6.json";
