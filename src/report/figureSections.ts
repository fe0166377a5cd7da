import { calibrationComparisonPlot } from "./calibrationComparisonPlot.js";
import { confusionPlot } from "./confusionPlot.js";
import { figureBody } from "./figureBody.js";
import { formatLevel } from "./format.js";
import { html, type Markup } from "./html.js";
import { precisionRecallPlot } from "./precisionRecallPlot.js";
import { reliabilityPlot } from "./reliabilityPlot.js";
import type { ReportInput } from "./reportInput.js";
import { rocPlot } from "./rocPlot.js";
import { thresholdSweepPlot } from "./thresholdSweepPlot.js";

/** The ROC curve of each class. */
export async function rocBody(input: ReportInput): Promise<Markup> {
  return html`<p>Sensitivity against the share of negatives that are called positive, at every threshold. The dashed diagonal is a guess. Bands are pointwise: at one specificity they hold the sensitivity, not the curve as a whole.</p>
${await figureBody(rocPlot(input), {
  on: input.evaluatedOn,
  without: ["positive", "negative", "threshold", "sensitivity", "specificity"],
})}`;
}

/** The precision-recall curve of each class. */
export async function precisionBody(input: ReportInput): Promise<Markup> {
  return html`<p>The share of true findings among the images that are called positive, against the share of the findings that are found. The dashed line is a guess: the share of positives. Precision depends on how frequent a finding is, so it doesn't carry over to other patients as sensitivity does.</p>
${await figureBody(precisionRecallPlot(input), { on: input.evaluatedOn, without: ["positive", "negative"] })}`;
}

/** What thresholds do: those that were chosen, and all others. */
export async function decisionsBody(input: ReportInput): Promise<Markup> {
  const { evaluation, evaluatedOn: on } = input;
  const { thresholdsChosenOn, warnings } = evaluation;
  return html`<p>An image is called positive where its probability reaches the threshold. ${
    thresholdsChosenOn === undefined
      ? "Thresholds have to be chosen on other images than these."
      : `The thresholds were chosen on ${thresholdsChosenOn}.`
  }</p>
${warnings.map(({ message }) => html`<p class="bad">${message}</p>\n`)}${await figureBody(
  confusionPlot(input),
  {
    on,
    without: ["sensitivity", "specificity", "precision", "F1"],
  },
)}
<p>What other thresholds would do. One that is chosen by looking at these curves is chosen on these images.</p>
${await figureBody(thresholdSweepPlot(input), { on })}`;
}

/** The reliability diagram of each class, before and, where there is one, after a calibration. */
export async function calibrationBody(input: ReportInput): Promise<Markup> {
  const { evaluation, evaluatedOn, predictions, calibratedProbabilities: after } = input;
  const { binning, classes, intervals } = evaluation;
  const names = { classes: classes.map(({ name }) => name), ...binning };
  const { labels, probabilities: before } = predictions;
  return html`<p>The share of positives among the images with about the same predicted probability; on the dashed diagonal a probability means what it says. Vertical bars are ${formatLevel(intervals.level)} intervals of the share (Wilson, each image counting for itself); the grey columns below count the images, on a logarithmic scale.</p>
${await figureBody(reliabilityPlot(input), { on: evaluatedOn })}
${
  after &&
  html`<p>The same with the calibrated probabilities, whose calibrator was fitted on other images.</p>
${await figureBody(calibrationComparisonPlot({ labels, before, after, evaluatedOn }, names), {
  on: evaluatedOn,
  without: ["positive", "negative", "unknown"],
})}`
}`;
}
