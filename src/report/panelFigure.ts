import { html, inlineSvg, type Markup } from "./html.js";
import { renderSvg } from "./renderSvg.js";
import { concatenated, type Panel } from "./theme.js";

/** A plot on a page, its heading as text above it; `label` names it for who can't see it. */
export async function panelFigure({ title, lines, plot }: Panel, label = title): Promise<Markup> {
  const svg = await renderSvg(concatenated([plot], 1));
  return html`<figure><figcaption><b>${title}</b>${lines.map((line) => html`<br>${line}`)}</figcaption>
${inlineSvg(svg, label)}</figure>
`;
}
