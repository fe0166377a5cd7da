import { ArgumentError } from "../errors.js";
import { randomStream } from "../random.js";
import { checkWhole, type PlannedSample, type SamplingPlan } from "./samplingPlan.js";

/** How {@link repeatHardest} chooses and repeats. */
export interface RepeatHardestOptions {
  /** Share of the samples with a loss that counts as hard, above 0 and at most 1; rounded up. Default 0.1. */
  readonly share?: number;
  /** How often each of them is added to an epoch. Default 1. */
  readonly times?: number;
  /** Of the order of each epoch. Default 0. */
  readonly seed?: number | string;
}

/** A plan with the hardest samples added. */
export interface RepeatHardestPlan extends SamplingPlan {
  /** The samples that were added, the hardest first. */
  readonly hardest: readonly number[];
}

/**
 * Adds the samples that a model predicts worst to each epoch of a plan, to be augmented, and shuffles the epoch (so the
 * batches of `balancedBatches` don't stay balanced). Of equal losses the earlier sample counts as harder. Samples whose
 * loss is NaN, such as those without a known label, are never added.
 *
 * Losses must be of training images, from a model at hand; {@link sampleLosses} computes them from predictions. Wrong labels
 * are among the worst predicted: look at some of `hardest` first.
 *
 * @param plan the epochs to begin with
 * @param losses one number a sample of the plan
 * @throws ArgumentError for losses of another number, none that is known, or an option out of its range
 */
export function repeatHardest(
  plan: SamplingPlan,
  losses: ArrayLike<number>,
  options: RepeatHardestOptions = {},
): RepeatHardestPlan {
  const { share = 0.1, times = 1, seed = 0 } = options;
  if (!(share > 0 && share <= 1)) {
    throw new ArgumentError("options.share", `is ${share}; expected more than 0 and at most 1`);
  }
  checkWhole("options.times", times, 1);
  if (losses.length !== plan.samples) {
    throw new ArgumentError(
      "losses",
      `are ${losses.length} for a plan of ${plan.samples} samples; expected as many`,
    );
  }
  const known = Array.from(losses, (_, index) => index).filter((index) => !Number.isNaN(losses[index]));
  if (known.length === 0) throw new ArgumentError("losses", "are all unknown; expected at least one number");
  known.sort((a, b) => (losses[a] === losses[b] ? a - b : losses[b]! > losses[a]! ? 1 : -1));
  const hardest = known.slice(0, Math.ceil(share * known.length - 1e-9));
  const added: PlannedSample[] = Array.from({ length: times }, () =>
    hardest.map((index) => ({ index, augment: true })),
  ).flat();
  const random = randomStream(`repeatHardest/${seed}`);
  return {
    samples: plan.samples,
    size: plan.size + added.length,
    epoch: (index) => random.fork(index).shuffle([...plan.epoch(index), ...added]),
    hardest,
  };
}
