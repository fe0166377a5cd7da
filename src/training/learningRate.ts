import type { Optimizer } from "@tensorflow/tfjs-core";
import { ArgumentError } from "../errors.js";
import { type LearningRate, rateAt, type ScheduleMoment } from "./schedules.js";

/** What the optimizers of TensorFlow.js have, though their types hide it. */
interface Rated {
  learningRate?: number;
  setLearningRate?(rate: number): void;
}

/**
 * The learning rate of a moment.
 *
 * @throws ArgumentError when it is not a finite number of at least 0
 */
export function learningRateAt(learningRate: LearningRate, moment: ScheduleMoment): number {
  const rate = rateAt(learningRate, moment);
  if (Number.isFinite(rate) && rate >= 0) return rate;
  throw new ArgumentError(
    "options.learningRate",
    `is ${rate} in epoch ${Math.floor(moment.epoch)} (from 0); expected a finite number of at least 0`,
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
