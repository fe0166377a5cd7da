import type { Figure } from "./figure.js";
import { formatCount, formatNumber } from "./format.js";
import { html, type Markup } from "./html.js";
import { panelFigure } from "./panelFigure.js";
import { table } from "./table.js";

/** How a figure stands on a page. */
export interface FigureBodyOptions {
  /** What the table shows; the figure's title by default. */
  readonly caption?: string;
  /** Name of the set, for who can't see the pictures. */
  readonly on?: string;
  /** Columns of the table to leave out, since the page has them elsewhere. */
  readonly without?: readonly string[];
}

/** A figure on a page: its panels in as many columns as there is room for, and its numbers below as a table. */
export async function figureBody(
  { title, panels, table: { columns, rows } }: Figure,
  { caption = title, on, without = [] }: FigureBodyOptions = {},
): Promise<Markup> {
  const what = (panel: string) =>
    [panel === title ? title : `${title}: ${panel}`, on && !title.includes(on) && on]
      .filter(Boolean)
      .join(", ");
  const pictures = await Promise.all(panels.map((panel) => panelFigure(panel, what(panel.title))));
  const widest = Math.max(0, ...pictures.map(({ width }) => width));
  const kept = <T>(values: readonly T[]) => values.filter((_, c) => !without.includes(columns[c]!));
  return html`<div class="panels" style="--width:${widest}px">${pictures.map(({ markup }) => markup)}</div>
${table({ caption, head: kept(columns), rows: rows.map((row) => kept(row).map(cell)) })}`;
}

const cell = (value: string | number): string =>
  typeof value === "string" ? value : Number.isInteger(value) ? formatCount(value) : formatNumber(value);
