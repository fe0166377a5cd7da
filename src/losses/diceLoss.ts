import { add, mul, square, sub } from "@tensorflow/tfjs-core";
import type { Loss } from "./loss.js";
import { type OverlapLossOptions, overlapLoss } from "./overlap.js";

/** How {@link diceLoss} measures overlap and adds up. */
export interface DiceLossOptions extends OverlapLossOptions {
  /** Whether the denominator adds up squares, as in V-Net, or plain values, the default. */
  readonly squared?: boolean;
}

/**
 * Soft Dice loss for masks: 1 minus the Dice coefficient of labels and predicted probabilities. For one class, over the
 * known pixels of an image (or of the batch), it is
 *
 *     1 - (2 * sum(p * y) + smooth) / (sum(p) + sum(y) + smooth)
 *
 * or, with `squared`, with sum(p^2) + sum(y^2) in the denominator. p = sigmoid(prediction) when predictions are logits.
 * Where masks are given for each pixel by class, each class is a finding of its own: classes may overlap.
 *
 * It is 0 for a perfect prediction and at most 1. An empty mask gives S / (S + smooth) with S = sum(p) (sum(p^2) if
 * squared): 0 when the prediction is empty as well, about 1 when it covers many more pixels than `smooth`.
 *
 * Labels are 1, 0, NaN (unknown) or a fraction between 0 and 1; with fractions, only the squared form is 0 where
 * prediction and label are equal. An unknown pixel counts nowhere, and the gradient of its prediction is 0, whatever that
 * prediction is. Images in which a class has no known pixel, and classes without a known pixel, are left out of the
 * means; when nothing is known, and for an empty batch, the loss is 0.
 *
 * Source: F. Milletari et al., "V-Net", 3DV 2016, for the squared form; the plain one is MONAI's `DiceLoss(sigmoid=True)`
 * with `squared_pred=False`, `smooth_nr` and `smooth_dr` set to `smooth`, which takes means over images and classes alike.
 * segmentation_models.pytorch's `DiceLoss("multilabel")` measures whole batches (`aggregation: "batch"`).
 *
 * @returns a function of labels and predictions, both of shape [batch, height, width, masks] or any
 * [batch, ..., classes]; it leaves no tensor but the result. For [batch, classes], where an image has a single value a
 * class, choose `aggregation: "batch"`
 * @throws ArgumentError for an option outside its range; the returned function throws it when labels, predictions and
 * weights differ in shape
 */
export function diceLoss(options: DiceLossOptions = {}): Loss {
  return overlapLoss(options, {
    agreement: 2,
    errors: options.squared
      ? ({ p, present, known }) => mul(square(sub(p, present)), known)
      : ({ p, present, absent }) => add(mul(p, absent), mul(sub(1, p), present)),
  });
}
