import type { Optimizer } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import type { ModelContract } from "../models/contract.js";
import type { BatchSource } from "./batch.js";
import type { EarlyStopping } from "./bestEpoch.js";
import type { GradientClipping } from "./gradientSum.js";
import { type EpochRecord, type Monitor, monitors } from "./history.js";
import type { Losses } from "./objective.js";
import type { LearningRate } from "./schedules.js";

/** A model that is the best so far. */
export interface BestModel {
  /** After which epoch, from 1. */
  readonly epoch: number;
  /** By which figure. */
  readonly monitor: Monitor;
  /** What that figure is. */
  readonly value: number;
}

/** Keeps the best model and the state of a training somewhere. */
export interface Checkpoint {
  /** Called after each epoch that is the best so far; training waits for it. Without a validation set, never. */
  save(model: LayersModel, best: BestModel): Promise<void> | void;
  /**
   * Keeps all that a training needs to go on, in place of what was kept before: as a whole or not at all. Called after each
   * epoch, and within one as `FitOptions.stateEvery` says; training waits for it.
   */
  saveState?(state: Uint8Array): Promise<void> | void;
  /** What was kept last; undefined where nothing was. */
  loadState?(): Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/** How far a training has come. */
export interface BatchProgress {
  /** From 1. */
  readonly epoch: number;
  /** How many there will be at most. */
  readonly epochs: number;
  /** Within the epoch, from 1. */
  readonly batch: number;
  /** How many batches the epoch has; some fewer may come when images cannot be read. */
  readonly batches: number;
  /** The loss of this batch, before the step on it. */
  readonly loss: number;
}

/** What {@link fit} trains on, for how long, and whom it tells. */
export interface FitOptions {
  /** The training set; its order in each epoch is the source's. */
  readonly training: BatchSource;
  /** The validation set, measured as a whole after each epoch. */
  readonly validation?: BatchSource;
  /**
   * What to make small: labels and logits in, one number out. For a model with several heads one loss for all, or one for
   * each by its name, as it is or with a weight: `{ pathology: loss, lungs: { loss: other, weight: 0.5 } }`.
   */
  readonly loss: Losses;
  /** How many passes over the training set, at most; a whole number of at least 1. */
  readonly epochs: number;
  /** Adam with its usual settings by default. One that is given keeps its state and is not disposed. */
  readonly optimizer?: Optimizer;
  /** 1e-3 by default; an optimizer that is given keeps its own by default. */
  readonly learningRate?: LearningRate;
  /**
   * How many batches make a step, along the mean of their gradients over the samples; 1 by default. What is left at the
   * end of an epoch makes a step of its own. Batch normalisation still sees one batch at a time.
   */
  readonly accumulate?: number;
  /** A limit on the gradient of each step; none by default. */
  readonly clipGradients?: GradientClipping;
  /**
   * Decay of an exponential moving average of the weights, in (0, 1), such as 0.999. Validation, the best model and the end
   * of the training go by the averaged weights; no average by default.
   */
  readonly averageWeights?: number;
  /**
   * Whether the maps inside the network are computed again on the way back instead of kept: much less memory for about a
   * third more time, as {@link checkpointGradients} does it. It does not help on the backend "onnx". False by default.
   */
  readonly gradientCheckpointing?: boolean;
  /** Which figure `earlyStopping`, `checkpoint` and the history's `bestEpoch` go by; "validationLoss" by default. */
  readonly monitor?: Monitor;
  /** Stops when the validation set shows no progress, and leaves the model with the weights of the best epoch. */
  readonly earlyStopping?: EarlyStopping;
  /** Keeps the best model, and what a training that was killed goes on from. */
  readonly checkpoint?: Checkpoint;
  /** Goes on from what `checkpoint` kept, where it kept something; false by default. */
  readonly resume?: boolean;
  /**
   * After how many batches within an epoch the state is kept too; by default only after each epoch. With `accumulate` it is
   * kept only where that batch ended a step.
   */
  readonly stateEvery?: number;
  /** Called after each batch; training waits for it. */
  readonly onBatch?: (progress: BatchProgress) => void | Promise<void>;
  /** Called after each epoch with its record and those of all epochs so far; training waits for it. Several are called in turn. */
  readonly onEpoch?: EpochCallback | readonly EpochCallback[];
  /** Ends the training with the signal's reason, within a batch; an abort in the last `onEpoch` comes too late. */
  readonly signal?: AbortSignal;
}

/** Takes in the record of an epoch, and all so far, that one included. */
export type EpochCallback = (record: EpochRecord, records: readonly EpochRecord[]) => void | Promise<void>;

/** @throws ArgumentError for an option out of its range, or one that needs another, or a head that is not there */
export function checkFitOptions(options: FitOptions, { heads }: Pick<ModelContract, "heads">): void {
  const { epochs, validation, earlyStopping, checkpoint, accumulate = 1, stateEvery = 1 } = options;
  checkCount("epochs", epochs);
  checkCount("accumulate", accumulate);
  checkCount("stateEvery", stateEvery);
  if ((earlyStopping || (checkpoint && !checkpoint.saveState)) && !validation) {
    const option = earlyStopping ? "earlyStopping" : "checkpoint";
    throw new ArgumentError(`options.${option}`, "needs a validation set: give options.validation");
  }
  const { monitor = "validationLoss" } = options;
  if (!monitors.includes(monitor)) {
    throw new ArgumentError("options.monitor", `is "${monitor}"; expected one of ${monitors.join(", ")}`);
  }
  const kind = { validationLoss: undefined, validationAuc: "classification", validationDice: "segmentation" }[
    monitor
  ];
  if (kind && !heads.some((head) => (head.kind ?? "classification") === kind)) {
    throw new ArgumentError("options.monitor", `is "${monitor}", and the model has no ${kind} head`);
  }
  if (options.resume && !checkpoint?.loadState) {
    throw new ArgumentError(
      "options.resume",
      "needs a checkpoint that keeps states, such as checkpointFolder(directory)",
    );
  }
  const { clipGradients: clipping, averageWeights: decay } = options;
  if (clipping) {
    const limit = "norm" in clipping ? clipping.norm : clipping.value;
    if (!(limit > 0)) {
      throw new ArgumentError("options.clipGradients", `is ${limit}; expected a number above 0`);
    }
  }
  if (decay !== undefined && !(decay > 0 && decay < 1)) {
    throw new ArgumentError("options.averageWeights", `is ${decay}; expected a number between 0 and 1`);
  }
  if (!earlyStopping) return;
  const { patience, minimumChange = 0 } = earlyStopping;
  checkCount("earlyStopping.patience", patience);
  if (!(minimumChange >= 0)) {
    throw new ArgumentError(
      "options.earlyStopping.minimumChange",
      `is ${minimumChange}; expected a number of at least 0`,
    );
  }
}

function checkCount(option: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ArgumentError(`options.${option}`, `is ${value}; expected a whole number of at least 1`);
}
