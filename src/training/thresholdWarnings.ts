import { type ThresholdWarning, thresholdWarning } from "../metrics/thresholdWarning.js";
import type { ModelThresholds } from "../models/contract.js";
import type { Predictions } from "./predict.js";
import { samplesUsed } from "./samplesUsed.js";

/**
 * Says whether thresholds were chosen on what is evaluated now: sensitivity, specificity and all that follows from decisions
 * are then too good. Other metrics, such as the area under the ROC curve, don't depend on thresholds.
 *
 * The images are compared as sets: an overlap in part goes unseen where the names of the splits differ.
 *
 * @param thresholds from `chooseThresholds`, or of a model's contract
 * @param predictions what is evaluated
 * @param split name of the split that the predictions are of, if it has one
 * @returns none where the two are apart, as far as can be seen, or there is no image
 */
export function thresholdWarnings(
  thresholds: ModelThresholds,
  predictions: Pick<Predictions, "studies">,
  split?: string,
): ThresholdWarning[] {
  const { chosenOn, fingerprint } = thresholds;
  const kind = samplesUsed({ split: chosenOn, fingerprint }, predictions, split);
  return kind ? [thresholdWarning(kind, chosenOn)] : [];
}
