import type { Figure } from "./figure.js";
import { formatCount, formatNumber } from "./format.js";
import { html, type Markup } from "./html.js";
import { panelFigure } from "./panelFigure.js";
import { table } from "./table.js";

/** How a figure stands on a page. */
export interface FigureBodyOptions {
  /** Whether its panels are wide, so that fewer stand beside each other. */
  readonly wide?: boolean;
  /** What the table shows; the figure's title by default. */
  readonly caption?: string;
  /** Name of the set, for who can't see the pictures. */
  readonly on?: string;
}

/** A figure on a page: its panels in as many columns as there is room for, and its numbers below as a table. */
export async function figureBody(
  { title, panels, table: { columns, rows } }: Figure,
  { wide = false, caption = title, on }: FigureBodyOptions = {},
): Promise<Markup> {
  const what = (panel: string) =>
    [panel === title ? title : `${title}: ${panel}`, on].filter(Boolean).join(", ");
  const pictures = await Promise.all(panels.map((panel) => panelFigure(panel, what(panel.title))));
  return html`<div class="${wide ? "wide panels" : "panels"}">${pictures}</div>
${table({ caption, head: columns, rows: rows.map((row) => row.map(cell)) })}`;
}

const cell = (value: string | number): string =>
  typeof value === "string" ? value : Number.isInteger(value) ? formatCount(value) : formatNumber(value);
