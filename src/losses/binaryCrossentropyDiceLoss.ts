import { add, mul, type Scalar, tidy } from "@tensorflow/tfjs-core";
import { assertAtLeastZero } from "./checks.js";
import { type DiceLossOptions, diceLoss } from "./diceLoss.js";
import type { Loss } from "./loss.js";
import {
  type WeightedBinaryCrossentropyOptions,
  weightedBinaryCrossentropy,
} from "./weightedBinaryCrossentropy.js";

/** How {@link binaryCrossentropyDiceLoss} mixes; all else is handed on to the two losses. */
export interface BinaryCrossentropyDiceLossOptions
  extends Omit<WeightedBinaryCrossentropyOptions, "reduction" | "fromLogits">,
    DiceLossOptions {
  /** Weight of binary cross-entropy, finite and at least 0; 1 by default. */
  readonly binaryCrossentropyWeight?: number;
  /** Weight of the Dice loss, finite and at least 0; 1 by default. */
  readonly diceWeight?: number;
}

/**
 * Binary cross-entropy plus Dice loss, for masks: the first has a gradient in every pixel, the second does not care how
 * rare the pixels of a mask are.
 *
 *     binaryCrossentropyWeight * weightedBinaryCrossentropy(options) + diceWeight * diceLoss(options)
 *
 * with one `reduction` for both, "mean" by default. Cross-entropy is the mean over a class's known pixels of the whole
 * batch, whatever `aggregation` is; `positive`, `negative`, `labelSmoothing` and `epsilon` apply to it alone, `smooth`,
 * `aggregation`, `squared` and `classWeights` to Dice alone. Labels, unknown pixels, classes without a known pixel, empty
 * masks and empty batches are treated as by the two.
 *
 * @returns a function of labels and predictions, both of shape [batch, height, width, masks] or any
 * [batch, ..., classes]; it leaves no tensor but the result
 * @throws ArgumentError for an option outside its range; the returned function throws it when labels, predictions and
 * weights differ in shape
 */
export function binaryCrossentropyDiceLoss(options: BinaryCrossentropyDiceLossOptions = {}): Loss {
  const { binaryCrossentropyWeight = 1, diceWeight = 1, reduction = "mean" } = options;
  assertAtLeastZero("binaryCrossentropyWeight", binaryCrossentropyWeight);
  assertAtLeastZero("diceWeight", diceWeight);
  const binaryCrossentropy = weightedBinaryCrossentropy({ ...options, reduction });
  const dice = diceLoss({ ...options, reduction });
  return (yTrue, yPred) =>
    tidy(() =>
      add<Scalar>(
        mul(binaryCrossentropy(yTrue, yPred), binaryCrossentropyWeight),
        mul(dice(yTrue, yPred), diceWeight),
      ),
    );
}
