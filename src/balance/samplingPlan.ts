import { ArgumentError } from "../errors.js";
import { randomStream } from "../random.js";

/** One place in an epoch. */
export interface PlannedSample {
  /** Row of the sample in the labels, and of the study in the dataset. */
  readonly index: number;
  /** Whether it is a further copy, to be changed at random so that the network doesn't see the same image again. */
  readonly augment: boolean;
}

/**
 * Which samples an epoch is made of, and in which order. `selectStudies(dataset, plan.epoch(0).map(({ index }) => index))`
 * is the dataset of an epoch.
 */
export interface SamplingPlan {
  /** Rows of the labels that the plan was made for. */
  readonly samples: number;
  /** Places in an epoch. */
  readonly size: number;
  /** Where the order means batches: how many places make one. Batches must be of one or several of them. */
  readonly batchSize?: number;
  /** The places of an epoch, counted from 0; the same epoch of the same plan is the same. */
  epoch(index: number): readonly PlannedSample[];
}

/**
 * The plain plan: every sample once, in an order of its own for each epoch.
 *
 * @param samples how many there are
 * @param options `seed` of the order; default 0
 * @throws ArgumentError for a number of samples that is not whole or below 0
 */
export function everySample(
  samples: number,
  { seed = 0 }: { readonly seed?: number | string } = {},
): SamplingPlan {
  checkWhole("samples", samples, 0);
  const order = Array.from({ length: samples }, (_, index) => ({ index, augment: false }));
  return shuffledPlan(samples, order, `everySample/${seed}`);
}

/** A plan of the same places in another order each epoch. */
export function shuffledPlan(samples: number, places: readonly PlannedSample[], seed: string): SamplingPlan {
  const random = randomStream(seed);
  return { samples, size: places.length, epoch: (index) => random.fork(index).shuffle([...places]) };
}

/** @throws ArgumentError unless the value is a whole number of at least `least` */
export function checkWhole(argument: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ArgumentError(argument, `is ${value}; expected a whole number of at least ${least}`);
}
