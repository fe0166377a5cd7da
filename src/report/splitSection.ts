import { compareSplits } from "../labels/compareSplits.js";
import { figureBody } from "./figureBody.js";
import { html, type Markup } from "./html.js";
import type { ReportInput } from "./reportInput.js";
import { splitComparisonPlot } from "./splitComparisonPlot.js";

/** How far the sets differ in findings, ages, sexes and views. */
export async function splitBody({ sets }: ReportInput): Promise<Markup> {
  const named = Object.entries(sets).map(([name, set]) => [name, { name, ...set }] as const);
  const comparison = compareSplits(Object.fromEntries(named));
  // The first panel is the plot of the prevalences, which have a section of their own.
  const { panels, ...figure } = splitComparisonPlot(comparison);
  const gaps = comparison.gaps.map(({ message }) => html`<li>${message}</li>`);
  return html`<p>Sets that were drawn from the same patients should differ by chance alone. A standardised difference within ±0.1 is commonly called negligible; small sets differ by more.</p>
${gaps.length > 0 ? html`<ul>${gaps}</ul>\n` : undefined}${await figureBody({ ...figure, panels: panels.slice(1) })}`;
}
