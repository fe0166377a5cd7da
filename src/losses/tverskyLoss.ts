import { add, mul, sub } from "@tensorflow/tfjs-core";
import { assertAtLeastZero } from "./checks.js";
import type { Loss } from "./loss.js";
import { type OverlapKind, type OverlapLossOptions, overlapLoss } from "./overlap.js";

/** How {@link tverskyLoss} weighs errors, measures overlap and adds up. */
export interface TverskyLossOptions extends OverlapLossOptions {
  /** Weight of false positives (pixels predicted outside the mask), finite and at least 0; 0.3 by default. */
  readonly alpha?: number;
  /** Weight of false negatives (pixels of the mask that are missed), finite and at least 0; 0.7 by default. */
  readonly beta?: number;
}

/**
 * Tversky loss for masks: like Dice, but with weights for the two kinds of error, so that missing a small lesion can cost
 * more than marking too much. For one class, over the known pixels of an image (or of the batch), it is
 *
 *     1 - (TP + smooth) / (TP + alpha * FP + beta * FN + smooth)
 *
 * with TP = sum(p * y), FP = sum(p * (1 - y)), FN = sum((1 - p) * y), and p = sigmoid(prediction) when predictions are
 * logits. With alpha = beta = 0.5 it is the Dice loss of twice the `smooth`, with alpha = beta = 1 the Jaccard loss.
 *
 * It is 0 for a perfect prediction and at most 1. An empty mask gives alpha S / (alpha S + smooth) with S = sum(p): 0
 * when the prediction is empty as well, about 1 when it covers many more pixels than `smooth`.
 *
 * Labels are 1, 0, NaN (unknown) or a fraction between 0 and 1. An unknown pixel counts nowhere, and the gradient of its
 * prediction is 0, whatever that prediction is. Images in which a class has no known pixel, and classes without a known
 * pixel, are left out of the means; when nothing is known, and for an empty batch, the loss is 0.
 *
 * Source: S. S. M. Salehi et al., "Tversky loss function for image segmentation using 3D fully convolutional deep
 * networks", MLMI 2017, equation 3, whose best setting are the defaults; segmentation_models.pytorch names the weights
 * likewise.
 *
 * @returns a function of labels and predictions, both of shape [batch, height, width, masks] or any
 * [batch, ..., classes]; it leaves no tensor but the result
 * @throws ArgumentError for an option outside its range; the returned function throws it when labels, predictions and
 * weights differ in shape
 */
export function tverskyLoss(options: TverskyLossOptions = {}): Loss {
  return overlapLoss(options, tverskyKind(options));
}

/** @throws ArgumentError for a weight that is negative or not finite */
export function tverskyKind({ alpha = 0.3, beta = 0.7 }: TverskyLossOptions): OverlapKind {
  assertAtLeastZero("alpha", alpha);
  assertAtLeastZero("beta", beta);
  return {
    agreement: 1,
    errors: ({ p, present, absent }) => add(mul(mul(p, absent), alpha), mul(mul(sub(1, p), present), beta)),
  };
}
