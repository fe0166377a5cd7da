import { type Content, html, type Markup } from "./html.js";

/** A table of a report. */
export interface TableContent {
  /** What the table shows; stands above it. */
  readonly caption: Content;
  /** Headings of the columns. */
  readonly head: readonly Content[];
  /** The first cell of each row is its heading. */
  readonly rows: readonly (readonly Content[])[];
  /** Rows that sum up. */
  readonly foot?: readonly (readonly Content[])[];
}

/** More rows than this scroll within the table, except on paper. */
const mostRows = 20;

/** More columns than this stand closer. */
const manyColumns = 7;

/** With more columns than this, headings stand upright. */
const mostColumns = 12;

/** Tables scroll by themselves where the page is too narrow or they are long. */
export function table({ caption, head, rows, foot = [] }: TableContent): Markup {
  const row = ([heading, ...cells]: readonly Content[]) =>
    html`<tr><th scope="row">${heading}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`;
  const long = rows.length > mostRows || undefined;
  const shape = [
    "scroll",
    ...(long ? ["long"] : []),
    ...(head.length > mostColumns ? ["upright"] : head.length > manyColumns ? ["dense"] : []),
  ];
  return html`<div class="${shape.join(" ")}" tabindex="0"><table>
<caption><span>${caption}${long && ` (${rows.length} rows)`}</span></caption>
<thead><tr>${head.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>
${rows.map(row)}</tbody>
${foot.length > 0 ? html`<tfoot>\n${foot.map(row)}</tfoot>\n` : undefined}</table></div>`;
}
