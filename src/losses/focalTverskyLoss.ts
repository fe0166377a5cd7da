import { assertAboveZero } from "./checks.js";
import { powerOf } from "./focusing.js";
import type { Loss } from "./loss.js";
import { overlapLoss } from "./overlap.js";
import { type TverskyLossOptions, tverskyKind } from "./tverskyLoss.js";

/** How {@link focalTverskyLoss} focuses, weighs errors, measures overlap and adds up. */
export interface FocalTverskyLossOptions extends TverskyLossOptions {
  /** The loss is raised to the power of 1 / gamma; finite and above 0, 4/3 by default. 1 gives the Tversky loss. */
  readonly gamma?: number;
}

/**
 * Focal Tversky loss for masks: (1 - TI)^(1 / gamma) for each image (or batch) and class, with the Tversky index TI of
 * `tverskyLoss`. With gamma above 1, what overlaps well keeps a larger share of the gradient.
 *
 * Conventions differ: the exponent is 1 / gamma, as the paper's equation 4 has it (its code calls the exponent itself,
 * 0.75, gamma; so does segmentation_models.pytorch); `alpha` weighs false positives and `beta` false negatives, as in
 * `tverskyLoss` (the paper's own alpha weighs false negatives).
 *
 * It is 0 for a perfect prediction, where its gradient is taken for 0, and at most 1. An empty mask gives
 * (alpha S / (alpha S + smooth))^(1 / gamma) with S = sum(p), 0 when the prediction is empty as well. Labels, unknown
 * pixels, images and classes without a known pixel and empty batches are treated as by `tverskyLoss`.
 *
 * Source: N. Abraham and N. M. Khan, "A novel focal Tversky loss function with improved attention U-Net for lesion
 * segmentation", ISBI 2019, equation 4, whose setting are the defaults. Their loss is the sum over classes
 * (`reduction: "sum-over-classes"`).
 *
 * @returns a function of labels and predictions, both of shape [batch, height, width, masks] or any
 * [batch, ..., classes]; it leaves no tensor but the result
 * @throws ArgumentError for an option outside its range; the returned function throws it when labels, predictions and
 * weights differ in shape
 */
export function focalTverskyLoss(options: FocalTverskyLossOptions = {}): Loss {
  const { gamma = 4 / 3 } = options;
  assertAboveZero("gamma", gamma);
  return overlapLoss(options, { ...tverskyKind(options), shape: (losses) => powerOf(losses, 1 / gamma) });
}
