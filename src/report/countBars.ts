import { colours, type Plot, roomFor } from "./theme.js";

/** A bar of {@link countRows} and {@link countColumns}. */
export interface CountBar {
  /** Stands beside the bar; each once. */
  readonly label: string;
  /** How long it is; NaN for no bar. */
  readonly value: number;
  /** Stands at its end. */
  readonly text: string;
  /** Whether it stands for what is not known, and is grey. */
  readonly unknown?: boolean;
}

const fill = {
  condition: { test: "datum.unknown", value: colours.line },
  value: colours.blue,
};

/** Lying bars under each other, from the top; `format` is how the axis writes numbers, as d3-format has it. */
export function countRows(bars: readonly CountBar[], title: string, format: string): Plot {
  const labels = bars.map(({ label }) => label);
  const value = { field: "value", type: "quantitative" as const, title };
  return {
    width: 260,
    height: 20 * bars.length,
    data: { values: [...bars] },
    encoding: {
      y: { field: "label", type: "nominal", sort: null, title: null, axis: roomFor(labels) },
      x: {
        ...value,
        axis: { format, tickCount: 4, titleAnchor: "start", ...(format.endsWith("d") && { tickMinStep: 1 }) },
      },
    },
    layer: [
      { mark: { type: "bar", height: 13 }, encoding: { fill } },
      {
        mark: { type: "text", align: "left", dx: 4, fontSize: 11, color: colours.text },
        encoding: { text: { field: "text" } },
      },
    ],
  };
}

/** Standing bars beside each other, from the left. */
export function countColumns(bars: readonly CountBar[], title: string, countTitle: string): Plot {
  const longest = Math.max(0, ...bars.map(({ label, text }) => Math.max(label.length, text.length)));
  const step = Math.max(26, 7 * longest + 6);
  return {
    width: step * bars.length,
    height: 180,
    data: { values: [...bars] },
    encoding: {
      x: { field: "label", type: "nominal", sort: null, title, axis: { labelAngle: 0 } },
      y: {
        field: "value",
        type: "quantitative",
        title: countTitle,
        axis: { format: ",d", tickCount: 4, tickMinStep: 1 },
      },
    },
    layer: [
      { mark: { type: "bar", width: step - 8 }, encoding: { fill } },
      {
        mark: { type: "text", dy: -7, fontSize: 10, color: colours.text },
        encoding: { text: { field: "text" } },
      },
    ],
  };
}
