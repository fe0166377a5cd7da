import { add, mul } from "@tensorflow/tfjs-core";
import { assertBelowOne } from "./checks.js";
import { type CrossEntropyOptions, crossEntropyLoss } from "./crossEntropy.js";
import type { Loss } from "./loss.js";

/** How {@link weightedBinaryCrossentropy} weighs and adds up. */
export interface WeightedBinaryCrossentropyOptions extends CrossEntropyOptions {
  /**
   * Share s of each label that goes to 1/2, at least 0 and below 1; 0 by default. A label y becomes y (1 - s) + s / 2;
   * an unknown one stays unknown.
   */
  readonly labelSmoothing?: number;
}

/**
 * Binary cross-entropy of many findings at once, with a weight for each class and side. For a class with the known
 * samples K it is
 *
 *     1/|K| * sum over K of -(positive * y * log(p) + negative * (1 - y) * log(1 - p))
 *
 * with p = sigmoid(prediction) when predictions are logits, and with p + epsilon, 1 - p + epsilon inside the logarithms
 * when they are probabilities. From logits it is computed as positive * y * softplus(-x) + negative * (1 - y) *
 * softplus(x), whose value and gradient stay right however sure the model is.
 *
 * Labels are 1, 0, NaN (unknown) or a fraction between 0 and 1. An unknown label counts nowhere, and the gradient of its
 * prediction is 0, whatever that prediction is. A class without a known sample gives 0; so does an empty batch, which
 * has no gradient. From probabilities the loss can fall below 0, since epsilon lets the logarithms exceed it.
 *
 * Source: the weighted loss of "AI for Medical Diagnosis" (deeplearning.ai), which with `positive` = frequency of
 * absence and `negative` = frequency of presence lets both sides of a class contribute alike. With `negative` all 1 and
 * `reduction: "mean"`, it equals PyTorch's `BCEWithLogitsLoss(pos_weight)` when no label is unknown. `labelSmoothing` is
 * that of Keras's `BinaryCrossentropy`.
 *
 * @returns a function of labels and predictions, both of shape [batch, ..., classes]; it leaves no tensor but the result
 * @throws ArgumentError for a weight, an epsilon or a smoothing outside its range or weights of two lengths; the
 * returned function throws it when labels, predictions and weights differ in shape
 */
export function weightedBinaryCrossentropy(options: WeightedBinaryCrossentropyOptions = {}): Loss {
  const { labelSmoothing = 0 } = options;
  assertBelowOne("labelSmoothing", labelSmoothing);
  return crossEntropyLoss(options, {
    labelSmoothing,
    losses: ({ present, absent, presentLoss, absentLoss }) =>
      add(mul(present, presentLoss), mul(absent, absentLoss)),
  });
}
