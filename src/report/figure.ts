import type { TopLevelSpec } from "vega-lite";
import { renderSvg } from "./renderSvg.js";
import { type Legends, type Panel, sideBySide } from "./theme.js";

/** The numbers behind a plot. */
export interface FigureTable {
  /** Headings of the columns. */
  readonly columns: readonly string[];
  /** One row a line; the first cell names it. NaN stands as "undefined". */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A plot, with the numbers behind it for who can't see it or wants them exactly. */
export interface Figure {
  /** What it shows. */
  readonly title: string;
  /** A Vega-Lite spec that holds its data. */
  readonly spec: TopLevelSpec;
  /** One `<svg>` element as text, drawn without a browser, a canvas or the network. */
  readonly svg: () => Promise<string>;
  /** The numbers. */
  readonly table: FigureTable;
  /** The single plots that the spec has side by side, for a page that sets them in its own columns. */
  readonly panels: readonly Panel[];
}

/** Makes a figure of panels in rows. */
export function figure(
  title: string,
  panels: readonly Panel[],
  table: FigureTable,
  { columns = 4, legends }: { readonly columns?: number; readonly legends?: Legends } = {},
): Figure {
  const spec = sideBySide(panels, columns, legends);
  return { title, spec, svg: () => renderSvg(spec), table, panels };
}
