import type { MultilabelEvaluation } from "../metrics/evaluation.js";
import { formatCount } from "./format.js";

/** How the measures of an evaluation are to be read, a paragraph each. */
export function readingNotes(evaluation: MultilabelEvaluation): string[] {
  const { macro, binning, classes, intervals } = evaluation;
  const partial = classes.filter(({ auc }) => auc.undefinedResamples > 0 && !Number.isNaN(auc.value));
  const measured = classes.length - macro.undefinedClasses.length;
  return [
    "AUC is the area under the ROC curve: 0.5 is a guess, 1 is perfect. With a share q of positives a guess has an average precision of q, and always predicting q has a Brier score of q (1 − q). Of Brier score and calibration error less is better.",
    `The calibration error is the mean distance between predicted probability and share of positives over ${binning.bins} bins of equal ${
      binning.binning === "equal-width" ? "width" : "size"
    }, weighted by count; its mean over the findings is the class-wise calibration error. It is biased upwards in small sets.`,
    `${intervalMethods(evaluation)} Images whose label is unknown are left out, finding by finding.`,
    ...(measured < classes.length
      ? [
          `The mean AUC and the mean average precision are over ${measured} of ${classes.length} findings, without ${macro.undefinedClasses.join(", ")}.`,
        ]
      : []),
    ...(partial.length > 0
      ? [
          `Of ${formatCount(intervals.resamples)} resamples these had only one label and are left out of the finding's AUC interval: ${partial
            .map(({ name, auc }) => `${name} ${formatCount(auc.undefinedResamples)}`)
            .join(", ")}.`,
        ]
      : []),
  ];
}

function intervalMethods({ patients, samples, intervals }: MultilabelEvaluation): string {
  const units =
    patients === undefined ? `${formatCount(samples)} images` : `${formatCount(patients)} patients`;
  const bootstrap =
    `bootstrap intervals over ${units} (${formatCount(intervals.resamples)} resamples): percentile intervals, ` +
    "and for the calibration error basic intervals, which take out its bias";
  switch (intervals.auc) {
    case "none":
      return "No intervals were computed.";
    case "bootstrap":
      return `Intervals are ${bootstrap}.`;
    case "delong":
      return intervals.resamples === 0
        ? "The AUC of each finding has DeLong's interval."
        : `The AUC of each finding has DeLong's interval; the others are ${bootstrap}.`;
  }
}
