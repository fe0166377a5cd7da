import { add, log, minimum, mul, neg, relu, sigmoid, sub } from "@tensorflow/tfjs-core";
import { assertAtLeastZero, assertBelowOne } from "./checks.js";
import { type CrossEntropyOptions, crossEntropyLoss } from "./crossEntropy.js";
import { focused, powerOf, powerOfLogarithm } from "./focusing.js";
import type { Loss } from "./loss.js";

/** How {@link asymmetricLoss} focuses, weighs and adds up. */
export interface AsymmetricLossOptions extends CrossEntropyOptions {
  /** How strongly easy present samples are played down, finite and at least 0; 0 by default, which plays none down. */
  readonly gammaPositive?: number;
  /** How strongly easy absent samples are played down, finite and at least 0; 4 by default. */
  readonly gammaNegative?: number;
  /** Probability up to which an absent sample counts as wholly right, at least 0 and below 1; 0.05 by default. */
  readonly clip?: number;
  /**
   * Whether the focusing weights carry gradient. false, the default, takes them for constants on the way back, as the
   * authors train.
   */
  readonly focusingGradient?: boolean;
}

/**
 * Asymmetric loss for the classification of many findings at once: focal loss with a focusing of its own for either
 * side, in which an absent sample of low probability counts nothing. It is not the segmentation loss of MONAI that bears
 * a similar name (AsymmetricFocalLoss). For a class with the known samples K it is
 *
 *     1/|K| * sum over K of -(positive * y * (1 - p)^gammaPositive * log(p)
 *                             + negative * (1 - y) * q^gammaNegative * log(1 - q))
 *
 * with q = max(p - clip, 0), and p = sigmoid(prediction) when predictions are logits; when they are probabilities,
 * epsilon is added to p and 1 - p, but not to q and 1 - q when `clip` is above 0. The factors before the logarithms are the focusing
 * weights; with `focusingGradient: false` the gradient is that of the logarithms alone, times the weights. From logits,
 * value and gradient stay right however sure the model is; the authors' code instead cuts probabilities at 1e-8. With
 * both gammas and `clip` 0 it equals `weightedBinaryCrossentropy` exactly.
 *
 * Labels are 1, 0, NaN (unknown) or a fraction between 0 and 1, for which it is the mean of both sides' losses, weighted
 * by the label (the authors' code is meant for 0 and 1, and gives a fraction another loss). An unknown label counts
 * nowhere, and the gradient of its prediction is 0, whatever that prediction is. A class without a known sample gives 0;
 * so does an empty batch, which has no gradient.
 *
 * Source: T. Ridnik et al., "Asymmetric Loss For Multi-Label Classification", ICCV 2021, equations 4 to 7; the defaults
 * are those of its experiments and of the authors' training script (github.com/Alibaba-MIIL/ASL; their class itself has
 * `gamma_pos=1`). Their loss is a sum over the batch: `batch size` times this one when no label is unknown.
 * `focusingGradient` is the opposite of their `disable_torch_grad_focal_loss`.
 *
 * @returns a function of labels and predictions, both of shape [batch, ..., classes]; it leaves no tensor but the result
 * @throws ArgumentError for an option outside its range or weights of two lengths; the returned function throws it when
 * labels, predictions and weights differ in shape
 */
export function asymmetricLoss(options: AsymmetricLossOptions = {}): Loss {
  const { gammaPositive = 0, gammaNegative = 4, clip = 0.05, fromLogits = true } = options;
  const { focusingGradient = false } = options;
  assertAtLeastZero("gammaPositive", gammaPositive);
  assertAtLeastZero("gammaNegative", gammaNegative);
  assertBelowOne("clip", clip);

  return crossEntropyLoss(options, {
    losses: ({ present, absent, x, presentLoss, absentLoss }) => {
      const positives = focused(
        mul(present, presentLoss),
        gammaPositive,
        [powerOfLogarithm, absentLoss],
        focusingGradient,
      );
      if (clip === 0) {
        const all = mul(absent, absentLoss);
        return add(positives, focused(all, gammaNegative, [powerOfLogarithm, presentLoss], focusingGradient));
      }
      const [p, rest] = fromLogits ? [sigmoid(x), sigmoid(neg(x))] : [x, sub(1, x)];
      const clipped = mul(absent, neg(log(minimum(add(rest, clip), 1))));
      const q = relu(sub(p, clip));
      return add(positives, focused(clipped, gammaNegative, [powerOf, q], focusingGradient));
    },
  });
}
