import { ArgumentError } from "../errors.js";
import { knownSample, type Sample, type WeightOptions } from "./sample.js";

/** How {@link logLoss} treats probabilities of 0 and 1. */
export interface LogLossOptions extends WeightOptions {
  /**
   * Probabilities are moved into [epsilon, 1 - epsilon]; in [0, 0.5). Default 2^-52, scikit-learn's for float64: a certain
   * wrong prediction then costs 36.04. With 0 it costs Infinity. For float32 probabilities, as models give them, scikit-learn
   * takes 2^-23.
   */
  readonly epsilon?: number;
}

/**
 * Log loss (binary cross-entropy) of one class in nats: the mean of -log of the probability given to the label that
 * occurred, as scikit-learn's `log_loss`. 0 is best; the constant prediction of prevalence q scores
 * -q log q - (1 - q) log(1 - q).
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param probabilities of the positive label, in [0, 1]; one for each label
 * @param options `weights`: how much each sample counts, as scikit-learn's `sample_weight`
 * @returns from 0; NaN without a known label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the probability of a known label lies
 *   outside [0, 1], a weight is not a finite number from 0, or epsilon lies outside [0, 0.5)
 */
export function logLoss(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  { weights, epsilon = Number.EPSILON }: LogLossOptions = {},
): number {
  if (!(epsilon >= 0 && epsilon < 0.5)) {
    throw new ArgumentError("options.epsilon", `is ${epsilon}; expected a number in [0, 0.5)`);
  }
  const sample = knownSample(labels, probabilities, {
    argument: "probabilities",
    ...(weights && { weights }),
  });
  return meanLogLoss(sample, epsilon);
}

/** {@link logLoss} of a sample. */
export function meanLogLoss({ labels, scores, weights }: Sample, epsilon = Number.EPSILON): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < scores.length; i++) {
    const probability = Math.min(Math.max(scores[i]!, epsilon), 1 - epsilon);
    sum -= weights[i]! * (labels[i] === 1 ? Math.log(probability) : Math.log1p(-probability));
    total += weights[i]!;
  }
  return sum / total;
}
