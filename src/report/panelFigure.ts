import { html, inlineSvg, type Markup } from "./html.js";
import { renderSvg } from "./renderSvg.js";
import { concatenated, type Panel } from "./theme.js";

/** A plot on a page, its heading as text above it, and its width in pixels; `label` names it for who can't see it. */
export async function panelFigure(
  { title, lines, plot }: Panel,
  label = title,
): Promise<{ readonly markup: Markup; readonly width: number }> {
  const svg = await renderSvg(concatenated([plot], 1));
  const width = Math.ceil(Number(/ width="([\d.]+)"/.exec(svg)?.[1] ?? 0));
  const markup = html`<figure><figcaption><b>${title}</b>${lines.map((line) => html`<br>${line}`)}</figcaption>
<div style="--own:${width}px">${inlineSvg(svg, label)}</div></figure>
`;
  return { markup, width };
}
