import type { Optimizer } from "@tensorflow/tfjs-core";
import { ArgumentError } from "../errors.js";

/** A learning rate for all epochs, or one for each: a function of the epoch, from 0. */
export type LearningRate = number | ((epoch: number) => number);

/** What the optimizers of TensorFlow.js have, though their types hide it. */
interface Rated {
  learningRate?: number;
  setLearningRate?(rate: number): void;
}

/**
 * The learning rate of an epoch.
 *
 * @param epoch from 0
 * @throws ArgumentError when it is not a finite number of at least 0
 */
export function learningRateAt(learningRate: LearningRate, epoch: number): number {
  const rate = typeof learningRate === "number" ? learningRate : learningRate(epoch);
  if (Number.isFinite(rate) && rate >= 0) return rate;
  throw new ArgumentError(
    "options.learningRate",
    `is ${rate} in epoch ${epoch} (from 0); expected a finite number of at least 0`,
  );
}

/** The learning rate of an optimizer; undefined for a foreign one that shows none. */
export function learningRateOf(optimizer: Optimizer): number | undefined {
  return (optimizer as unknown as Rated).learningRate;
}

/**
 * Changes the learning rate of an optimizer from its next step on.
 *
 * @throws ArgumentError for an optimizer without one
 */
export function setLearningRate(optimizer: Optimizer, rate: number): void {
  const rated = optimizer as unknown as Rated;
  if (rated.setLearningRate) {
    // SGD and momentum keep the rate in a tensor as well.
    rated.setLearningRate(rate);
  } else if (rated.learningRate !== undefined) {
    rated.learningRate = rate;
  } else {
    throw new ArgumentError(
      "options.learningRate",
      `cannot be given to ${optimizer.getClassName()}, which has no learningRate; leave the option out`,
    );
  }
}
