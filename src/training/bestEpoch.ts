import type { Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { TrainingError } from "../errors.js";
import { type Monitor, monitored, type ValidationRecord } from "./history.js";
import { snapshotOf, snapshotWeights } from "./weightSnapshot.js";

/** When to give up waiting for a better epoch. */
export interface EarlyStopping {
  /** Training stops after this many epochs in a row without an improvement; a whole number of at least 1. */
  readonly patience: number;
  /** A change counts as an improvement only when it is larger than this, in units of the monitored figure; 0 by default. */
  readonly minimumChange?: number;
}

/** What a tracker knows, but for the weights. */
export interface BestEpochFigures {
  readonly epoch: number | undefined;
  readonly best: number;
  readonly reference: number;
  readonly waited: number;
}

/** Follows the monitored figure from epoch to epoch. */
export interface BestEpochTracker {
  /** What to give to {@link trackBestEpoch} to go on from here. */
  readonly figures: BestEpochFigures;
  /** The weights of the best epoch, in the order of the model's; none before the first, or without early stopping. */
  readonly weights: readonly Tensor[];
  /** The best epoch so far, from 1; undefined before the first. */
  readonly epoch: number | undefined;
  /** Whether the patience is used up. */
  readonly exhausted: boolean;
  /**
   * Takes in an epoch and says whether it is the best so far.
   *
   * @throws TrainingError when the monitored AUC is NaN
   */
  observe(epoch: number, record: ValidationRecord): boolean;
  /** Gives the model the weights of the best epoch; nothing happens without early stopping. */
  restore(): void;
  /** Frees the weights that it remembers. */
  dispose(): void;
}

const start: BestEpochFigures = { epoch: undefined, best: -Infinity, reference: -Infinity, waited: 0 };

const reasons: Readonly<Record<Monitor, string>> = {
  validationLoss: "it is not a number",
  validationAuc: "no class of the validation set has both present and absent samples",
  validationDice: "no image of the validation set has a mask that is not empty",
};

/**
 * Starts following a training. It remembers the best weights only when early stopping is asked for.
 *
 * @param saved what a tracker knew, to go on from there; its weights stay the caller's
 */
export function trackBestEpoch(
  model: LayersModel,
  monitor: Monitor,
  stopping: EarlyStopping | undefined,
  saved?: { readonly figures: BestEpochFigures; readonly weights: readonly Tensor[] },
): BestEpochTracker {
  const sign = monitor === "validationLoss" ? -1 : 1;
  let { epoch, best, reference, waited } = saved?.figures ?? start;
  let weights = saved && saved.weights.length > 0 ? snapshotOf(model.weights, saved.weights) : undefined;
  return {
    get figures() {
      return { epoch, best, reference, waited };
    },
    get weights() {
      return weights?.values ?? [];
    },
    get epoch() {
      return epoch;
    },
    get exhausted() {
      return stopping !== undefined && waited >= stopping.patience;
    },
    observe(current, record) {
      const score = sign * monitored(record, monitor);
      if (Number.isNaN(score)) {
        throw new TrainingError(
          `${monitor} is undefined: ${reasons[monitor]}. Monitor "validationLoss" or take a larger validation set`,
          { epoch: current },
        );
      }
      // Slow progress adds up: changes are measured from the last improvement, not from the last epoch.
      if (score > reference + (stopping?.minimumChange ?? 0)) {
        reference = score;
        waited = 0;
      } else {
        waited++;
      }
      if (score <= best) return false;
      best = score;
      epoch = current;
      if (stopping) {
        weights?.dispose();
        weights = snapshotWeights(model.weights);
      }
      return true;
    },
    restore: () => weights?.restore(),
    dispose: () => weights?.dispose(),
  };
}
