import { type ThresholdWarning, thresholdWarning } from "../metrics/thresholdWarning.js";
import type { ModelThresholds } from "../models/contract.js";
import { randomStream } from "../random.js";
import type { Predictions } from "./predict.js";

/** Thresholds that know on which images they were chosen. */
export interface ChosenThresholds extends ModelThresholds {
  /**
   * Fingerprint of the set of image ids on which they were chosen, in any order; no id can be read from it. Absent in
   * thresholds written by hand.
   */
  readonly fingerprint?: string;
}

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
  thresholds: ChosenThresholds,
  { studies }: Pick<Predictions, "studies">,
  split?: string,
): ThresholdWarning[] {
  if (studies.length === 0) return [];
  const { chosenOn, fingerprint } = thresholds;
  if (fingerprint === fingerprintOf(studies)) return [thresholdWarning("same-samples", chosenOn)];
  return split === chosenOn ? [thresholdWarning("same-split", chosenOn)] : [];
}

/** A short text that two lists of studies have in common when they hold the same images, in any order. */
export function fingerprintOf(studies: Predictions["studies"]): string {
  const sums = [0, 0];
  for (const { imageId } of studies) {
    const random = randomStream(imageId);
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i]! + random.integer(2 ** 32)) % 2 ** 32;
  }
  return [studies.length, ...sums].map((part) => part.toString(16)).join("-");
}
