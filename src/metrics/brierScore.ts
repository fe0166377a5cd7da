import { knownSample, type Sample, type WeightOptions } from "./sample.js";

/**
 * Brier score of one class: the mean of (probability - label)^2, as scikit-learn's `brier_score_loss`. 0 is best; the
 * constant prediction of prevalence q scores q (1 - q), so compare it with that for a rare finding.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param probabilities of the positive label, in [0, 1]; one for each label
 * @param options `weights`: how much each sample counts, as scikit-learn's `sample_weight`
 * @returns in [0, 1]; NaN without a known label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the probability of a known label lies
 *   outside [0, 1], or a weight is not a finite number from 0
 */
export function brierScore(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  return meanSquaredError(
    knownSample(labels, probabilities, { argument: "probabilities", ...(weights && { weights }) }),
  );
}

/** {@link brierScore} of a sample. */
export function meanSquaredError({ labels, scores, weights }: Sample): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < scores.length; i++) {
    const error = scores[i]! - labels[i]!;
    sum += weights[i]! * error * error;
    total += weights[i]!;
  }
  return sum / total;
}
