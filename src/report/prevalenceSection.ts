import { ArgumentError } from "../errors.js";
import type { DatasetPlots } from "./datasetPlots.js";
import { figureBody } from "./figureBody.js";
import { formatNumber } from "./format.js";
import { html, type Markup } from "./html.js";
import { prevalencePlot } from "./prevalencePlot.js";
import type { ReportInput } from "./reportInput.js";
import { table } from "./table.js";

/**
 * How frequent the classes are, which go together, and what they weigh.
 *
 * @throws ArgumentError when there are not as many weights as classes
 */
export async function prevalenceBody(
  { sets, weights, evaluation }: ReportInput,
  { coOccurrence }: DatasetPlots,
): Promise<Markup> {
  const classes = evaluation.classes.map(({ name }) => name);
  if (weights !== undefined && weights.positive.length !== classes.length) {
    throw new ArgumentError("weights", `are ${weights.positive.length} for ${classes.length} classes`);
  }
  const caption = "Images with each finding, of those in which it is known to be present or absent";
  return html`${await figureBody(prevalencePlot(sets), { caption })}
${await figureBody(coOccurrence, {
  caption: "Images that show both findings, in all sets; on the diagonal those with the finding",
})}
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
}`;
}
