import {
  add,
  cast,
  div,
  greater,
  maximum,
  mul,
  scalar,
  sigmoid,
  sum,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { assertOption, checkedClasses, checkedWeights } from "./checks.js";
import { type KnownCells, knownCells } from "./knownCells.js";
import type { Loss } from "./loss.js";
import { assertReduction, type LossReduction, reduceClasses } from "./reduceClasses.js";

/** What the losses that measure how masks overlap have in common. */
export interface OverlapLossOptions {
  /** Whether predictions are logits (the default, as the library's heads give) or probabilities. */
  readonly fromLogits?: boolean;
  /**
   * Added to numerator and denominator, in pixels, at least 1e-7; 1 by default. It decides what an empty mask gives: with
   * a prediction whose probabilities add up to S pixels, S / (S + smooth) (a Tversky loss: alpha S / (alpha S + smooth)).
   * A model that is sure that nothing is there gets about 0, and the larger `smooth` is, the less sure it has to be.
   */
  readonly smooth?: number;
  /**
   * Over what overlap is measured: "image", the default, measures each image and takes the mean over the images in which
   * the class has a known pixel; "batch" measures all images of the batch as if they were one.
   */
  readonly aggregation?: "image" | "batch";
  /** Weight of each class in the mean or sum over classes, finite and at least 0; the same for all by default. */
  readonly classWeights?: ArrayLike<number>;
  /**
   * "mean", the default, takes the (weighted) mean over the classes that have a known pixel, so that the loss stays
   * between 0 and 1; "sum-over-classes" takes the (weighted) sum.
   */
  readonly reduction?: LossReduction;
}

/** Known labels and the probabilities predicted for them, of shape [images, pixels, classes]. */
export interface OverlapCells extends Omit<KnownCells, "x"> {
  /** Between 0 and 1. */
  readonly p: Tensor;
}

/** What tells one loss of the family from another. */
export interface OverlapKind {
  /** How far each pixel is wrong, at least 0; 0 where `present` and `absent` are. */
  readonly errors: (cells: OverlapCells) => Tensor;
  /** How often a pixel counts on which both agree: 2 for Dice, 1 for Tversky. */
  readonly agreement: number;
  /** Applied to the loss of each image and class. */
  readonly shape?: (losses: Tensor) => Tensor;
}

/**
 * errors / (agreement + errors + smooth), which is 1 - (agreement + smooth) / (agreement + errors + smooth), without the
 * subtraction that would cost the digits of a small loss.
 */
export function overlapLoss(options: OverlapLossOptions, kind: OverlapKind): Loss {
  const { fromLogits = true, smooth = 1, aggregation = "image", reduction = "mean" } = options;
  const weights = checkedWeights("classWeights", options.classWeights);
  // The gradient divides by the square of the denominator, which float32 must hold.
  const divisible = smooth >= 1e-7 && Number.isFinite(smooth);
  assertOption("smooth", smooth, divisible, "a number of at least 1e-7, or empty masks would divide by 0");
  const grouping = aggregation === "image" || aggregation === "batch";
  assertOption("aggregation", aggregation, grouping, '"image" or "batch"');
  assertReduction(reduction);

  return (yTrue, yPred) =>
    tidy(() => {
      const classes = checkedClasses(yTrue, yPred, weights);
      if (yTrue.size === 0) return scalar(0);
      const images = aggregation === "image" ? yTrue.shape[0]! : 1;
      const { x, ...labels } = knownCells(yTrue, yPred, [images, yTrue.size / classes / images, classes]);
      const cells = { ...labels, p: fromLogits ? sigmoid(x) : x };
      const agreements = mul(sum(mul(cells.p, cells.present), 1), kind.agreement);
      const errors = sum(kind.errors(cells), 1);
      const losses = div(errors, add(add(agreements, errors), smooth));
      const counted = cast(greater(sum(cells.known, 1), 0), "float32");
      const counts = sum(counted, 0);
      const means = div(sum(kind.shape ? kind.shape(losses) : losses, 0), maximum(counts, 1));
      return reduceClasses(means, counts, reduction, weights);
    });
}
