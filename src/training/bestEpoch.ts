import type { LayersModel } from "@tensorflow/tfjs-layers";
import { TrainingError } from "../errors.js";
import { type Monitor, monitored, type ValidationRecord } from "./history.js";
import { snapshotWeights, type WeightSnapshot } from "./weightSnapshot.js";

/** When to give up waiting for a better epoch. */
export interface EarlyStopping {
  /** Training stops after this many epochs in a row without an improvement; a whole number of at least 1. */
  readonly patience: number;
  /** A change counts as an improvement only when it is larger than this, in units of the monitored figure; 0 by default. */
  readonly minimumChange?: number;
}

/** Follows the monitored figure from epoch to epoch. */
export interface BestEpochTracker {
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

/** Starts following a training. It remembers the best weights only when early stopping is asked for. */
export function trackBestEpoch(
  model: LayersModel,
  monitor: Monitor,
  stopping: EarlyStopping | undefined,
): BestEpochTracker {
  const sign = monitor === "validationLoss" ? -1 : 1;
  let epoch: number | undefined;
  let best = -Infinity;
  let weights: WeightSnapshot | undefined;
  let reference = -Infinity;
  let waited = 0;
  return {
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
          "validationAuc is undefined: no class of the validation set has both present and absent samples. " +
            'Monitor "validationLoss" or take a larger validation set',
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
