import { add, mul, sub, tensor1d } from "@tensorflow/tfjs-core";
import { assertAtLeastZero, assertFraction, type ClassWeights } from "./checks.js";
import { type CrossEntropyOptions, crossEntropyLoss } from "./crossEntropy.js";
import { focused, powerOfLogarithm } from "./focusing.js";
import type { Loss } from "./loss.js";

/** How {@link focalLoss} focuses, weighs and adds up. */
export interface FocalLossOptions extends CrossEntropyOptions {
  /** How strongly easy samples are played down, finite and at least 0; 2 by default. 0 plays none down. */
  readonly gamma?: number;
  /**
   * Weight of present samples, between 0 and 1; absent ones get 1 minus it. One number for all classes or one for each;
   * without it, the default, both sides get 1. It comes on top of `positive` and `negative`.
   */
  readonly alpha?: number | ArrayLike<number>;
}

/**
 * Focal loss of many findings at once: binary cross-entropy in which a sample counts the less the surer and the more
 * right the model is. For a class with the known samples K it is
 *
 *     1/|K| * sum over K of -(alpha * positive * y * (1 - p)^gamma * log(p)
 *                             + (1 - alpha) * negative * (1 - y) * p^gamma * log(1 - p))
 *
 * with p = sigmoid(prediction) when predictions are logits; when they are probabilities, epsilon is added to p and
 * 1 - p, in the powers too. The powers carry gradient. From logits, value and gradient stay right however sure the model
 * is. With `gamma` 0 and without `alpha` it equals `weightedBinaryCrossentropy` exactly.
 *
 * Labels are 1, 0, NaN (unknown) or a fraction between 0 and 1, for which it is the mean of both sides' losses, weighted
 * by the label. An unknown label counts nowhere, and the gradient of its prediction is 0, whatever that prediction is. A
 * class without a known sample gives 0; so does an empty batch, which has no gradient.
 *
 * Source: T.-Y. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equations 4 and 5, whose best setting
 * is gamma 2 and alpha 0.25. torchvision's `sigmoid_focal_loss(reduction="mean")` equals it with `reduction: "mean"`
 * when labels are 0 and 1.
 *
 * @returns a function of labels and predictions, both of shape [batch, ..., classes]; it leaves no tensor but the result
 * @throws ArgumentError for an option outside its range or lists of two lengths; the returned function throws it when
 * labels, predictions and lists differ in shape
 */
export function focalLoss(options: FocalLossOptions = {}): Loss {
  const { gamma = 2, alpha } = options;
  assertAtLeastZero("gamma", gamma);
  const alphas = checkedAlpha(alpha);
  return crossEntropyLoss(options, {
    perClass: ["alpha", typeof alphas === "number" ? undefined : alphas],
    losses: ({ present, absent, presentLoss, absentLoss }) => {
      const positives = focused(mul(present, presentLoss), gamma, [powerOfLogarithm, absentLoss]);
      const negatives = focused(mul(absent, absentLoss), gamma, [powerOfLogarithm, presentLoss]);
      if (alphas === undefined) return add(positives, negatives);
      const share = typeof alphas === "number" ? alphas : tensor1d(alphas);
      return add(mul(positives, share), mul(negatives, sub(1, share)));
    },
  });
}

function checkedAlpha(alpha: FocalLossOptions["alpha"]): number | ClassWeights {
  if (alpha === undefined || typeof alpha === "number") {
    if (alpha !== undefined) assertFraction("alpha", alpha);
    return alpha;
  }
  Array.from(alpha, (share, c) => assertFraction(`alpha[${c}]`, share));
  return Float32Array.from(alpha);
}
