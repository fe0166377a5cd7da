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

/** Tables scroll sideways by themselves where the page is too narrow. */
export function table({ caption, head, rows, foot = [] }: TableContent): Markup {
  const row = ([heading, ...cells]: readonly Content[]) =>
    html`<tr><th scope="row">${heading}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`;
  return html`<div class="scroll" tabindex="0"><table>
<caption><span>${caption}</span></caption>
<thead><tr>${head.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>
${rows.map(row)}</tbody>
${foot.length > 0 ? html`<tfoot>\n${foot.map(row)}</tfoot>\n` : undefined}</table></div>`;
}
