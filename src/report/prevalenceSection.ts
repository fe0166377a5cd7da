import { ArgumentError } from "../errors.js";
import { formatCount, formatNumber, formatPercent } from "./format.js";
import { html, inlineSvg, type Markup } from "./html.js";
import { prevalences } from "./prevalence.js";
import { prevalencePlot } from "./prevalencePlot.js";
import { renderSvg } from "./renderSvg.js";
import type { ReportInput } from "./reportInput.js";
import { table } from "./table.js";

/**
 * How frequent the classes are, and what they weigh.
 *
 * @throws ArgumentError when there are not as many weights as classes
 */
export async function prevalenceBody({ sets, weights, evaluation }: ReportInput): Promise<Markup> {
  const rows = prevalences(sets);
  const names = Object.keys(sets);
  const findings = [...new Set(rows.map(({ finding }) => finding))];
  const cell = (set: string, finding: string) => {
    const found = rows.find((row) => row.set === set && row.finding === finding);
    if (found === undefined) return "not labelled";
    const ofKnown = `${formatCount(found.positives)} of ${formatCount(found.known)}`;
    return found.known === 0
      ? ofKnown
      : html`${ofKnown} <span class="share">${formatPercent(found.share)}</span>`;
  };
  const classes = evaluation.classes.map(({ name }) => name);
  if (weights !== undefined && weights.positive.length !== classes.length) {
    throw new ArgumentError("weights", `are ${weights.positive.length} for ${classes.length} classes`);
  }
  return html`${table({
    caption: "Images with each finding, of those in which it is known to be present or absent",
    head: ["finding", ...names],
    rows: findings.map((finding) => [finding, ...names.map((set) => cell(set, finding))]),
  })}
<div class="pair">
<figure>${inlineSvg(await renderSvg(prevalencePlot(sets)), "Prevalence of each finding in each set, as in the table")}
<figcaption>Prevalence by set, most frequent finding first</figcaption></figure>
${
  weights &&
  table({
    caption: "What a sample's term of the loss is multiplied with",
    head: ["finding", "where present", "where absent"],
    rows: classes.map((name, c) => [
      name,
      formatNumber(weights.positive[c]!),
      formatNumber(weights.negative[c]!),
    ]),
  })
}</div>`;
}
