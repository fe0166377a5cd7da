import { add, type Optimizer, train } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError, ModelError, TrainingError } from "../errors.js";
import type { Loss } from "../losses/loss.js";
import { contractOf, setContract } from "../models/contract.js";
import type { BatchSource } from "./batch.js";
import { type EarlyStopping, trackBestEpoch } from "./bestEpoch.js";
import { assertBatch, assertClasses, assertFormat, onlyHead } from "./contractCheck.js";
import { type EpochRecord, type Monitor, monitored, type TrainingHistory } from "./history.js";
import { type LearningRate, learningRateAt, learningRateOf, setLearningRate } from "./learningRate.js";
import { nextTask } from "./nextTask.js";
import { trainingStep } from "./trainingStep.js";
import { validate } from "./validate.js";

/** A model that is the best so far. */
export interface BestModel {
  /** After which epoch, from 1. */
  readonly epoch: number;
  /** By which figure. */
  readonly monitor: Monitor;
  /** What that figure is. */
  readonly value: number;
}

/** Keeps the best model somewhere. */
export interface Checkpoint {
  /** Called after each epoch that is the best so far; training waits for it. */
  save(model: LayersModel, best: BestModel): Promise<void> | void;
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
  /** What to make small: labels and logits in, one number out. */
  readonly loss: Loss;
  /** How many passes over the training set, at most; a whole number of at least 1. */
  readonly epochs: number;
  /** Adam with its usual settings by default. One that is given keeps its state and is not disposed. */
  readonly optimizer?: Optimizer;
  /** 1e-3 by default; an optimizer that is given keeps its own by default. */
  readonly learningRate?: LearningRate;
  /** Which figure `earlyStopping`, `checkpoint` and the history's `bestEpoch` go by; "validationLoss" by default. */
  readonly monitor?: Monitor;
  /** Stops when the validation set shows no progress, and leaves the model with the weights of the best epoch. */
  readonly earlyStopping?: EarlyStopping;
  /** Keeps the best model somewhere as training goes on. */
  readonly checkpoint?: Checkpoint;
  /** Called after each batch; training waits for it. */
  readonly onBatch?: (progress: BatchProgress) => void | Promise<void>;
  /** Called after each epoch; training waits for it. */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /** Ends the training with the signal's reason, within a batch; an abort in the last `onEpoch` comes too late. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a model on logits by gradient descent.
 *
 * An epoch takes one step a batch, with dropout and batch normalisation in training mode, then measures the whole
 * validation set in inference mode. Weight penalties (regularizers) of the model's layers are added to the loss, in
 * training and validation alike. The event loop gets a turn after each batch.
 *
 * With `earlyStopping` the model ends with the weights of the best epoch, whether training stopped early or not;
 * without, with those of the last. Training writes the source's normalisation into the model's contract if the
 * contract has none, and takes out decision thresholds, which hold for the former weights only.
 *
 * When it throws, the model keeps the weights of its last whole step. On every way out no tensor is left but what an
 * optimizer that was given keeps.
 *
 * Runs with equal seeds of the model and the sources give bit-identical weights and records, but for the seconds, on a
 * backend that adds in a fixed order, as cpu does.
 *
 * @throws ModelError when the sources and the model's contract differ in classes, size, channels or normalisation
 * @throws ArgumentError for an option out of its range, or `earlyStopping` or `checkpoint` without `validation`
 * @throws TrainingError when a loss is NaN or infinite, a source gives no sample, or the monitored AUC is undefined
 */
export async function fit(model: LayersModel, options: FitOptions): Promise<TrainingHistory> {
  const { epochs, validation, learningRate, signal, monitor = "validationLoss" } = options;
  checkOptions(options);
  prepareContract(model, options);

  const objective: Loss = (yTrue, yPred) =>
    model.calculateLosses().reduce((sum, penalty) => add(sum, penalty), options.loss(yTrue, yPred));
  const optimizer = options.optimizer ?? train.adam(1e-3);
  const best = trackBestEpoch(model, monitor, options.earlyStopping);
  const records: EpochRecord[] = [];
  let stoppedBecause: TrainingHistory["stoppedBecause"] = "epochs";
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      signal?.throwIfAborted();
      const start = performance.now();
      if (learningRate !== undefined) setLearningRate(optimizer, learningRateAt(learningRate, epoch - 1));
      const trained = await trainEpoch(model, optimizer, objective, epoch, options);
      const validated = validation && (await validate(model, objective, validation, epoch, signal));
      const record: EpochRecord = {
        epoch,
        learningRate: learningRateOf(optimizer),
        trainingLoss: trained.loss,
        validation: validated?.record,
        seconds: (performance.now() - start) / 1000,
        skipped: trained.skipped + (validated?.skipped ?? 0),
      };
      records.push(record);
      if (record.validation && best.observe(epoch, record.validation)) {
        await options.checkpoint?.save(model, {
          epoch,
          monitor,
          value: monitored(record.validation, monitor),
        });
      }
      await options.onEpoch?.(record);
      if (best.exhausted) {
        stoppedBecause = "early-stopping";
        break;
      }
    }
    best.restore();
    return { epochs: records, monitor, bestEpoch: best.epoch, stoppedBecause };
  } finally {
    best.dispose();
    if (!options.optimizer) optimizer.dispose();
  }
}

async function trainEpoch(
  model: LayersModel,
  optimizer: Optimizer,
  objective: Loss,
  epoch: number,
  { training, epochs, onBatch, signal }: FitOptions,
): Promise<{ loss: number; skipped: number }> {
  const contract = contractOf(model);
  const batches = Math.ceil(training.size / training.batchSize);
  let batchNumber = 0;
  let samples = 0;
  let sum = 0;
  for await (const batch of training.epoch(epoch - 1, { ...(signal && { signal }) })) {
    batchNumber++;
    assertBatch(contract, batch);
    const at = { epoch, batch: batchNumber };
    const loss = await trainingStep(model, optimizer, objective, batch, at);
    samples += batch.studies.length;
    sum += loss * batch.studies.length;
    await onBatch?.({ ...at, epochs, batches, loss });
    await nextTask();
    signal?.throwIfAborted();
  }
  if (samples === 0) throw new TrainingError("the training source gave no sample", { epoch });
  return { loss: sum / samples, skipped: training.size - samples };
}

function prepareContract(model: LayersModel, { training, validation }: FitOptions): void {
  const contract = contractOf(model);
  const { classes } = onlyHead(contract);
  const input = {
    ...contract.input,
    normalization: contract.input.normalization ?? training.format.normalization,
  };
  assertClasses(classes, training.classes, "the training source");
  assertFormat(input, training.format, "the training source");
  if (validation) {
    assertClasses(classes, validation.classes, "the validation source");
    assertFormat(input, validation.format, "the validation source");
  }
  if (model.trainableWeights.length === 0) {
    throw new ModelError(
      "trainableWeights",
      "the model has no weight to train; set a layer's trainable to true",
    );
  }
  const heads = contract.heads.map(({ thresholds, ...head }) => head);
  setContract(model, { ...contract, heads, input });
}

function checkOptions({ epochs, validation, earlyStopping, checkpoint }: FitOptions): void {
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new ArgumentError("options.epochs", `is ${epochs}; expected a whole number of at least 1`);
  }
  if ((earlyStopping || checkpoint) && !validation) {
    const option = earlyStopping ? "earlyStopping" : "checkpoint";
    throw new ArgumentError(`options.${option}`, "needs a validation set: give options.validation");
  }
  if (!earlyStopping) return;
  const { patience, minimumChange = 0 } = earlyStopping;
  if (!Number.isInteger(patience) || patience < 1) {
    throw new ArgumentError(
      "options.earlyStopping.patience",
      `is ${patience}; expected a whole number of at least 1`,
    );
  }
  if (!(minimumChange >= 0)) {
    throw new ArgumentError(
      "options.earlyStopping.minimumChange",
      `is ${minimumChange}; expected a number of at least 0`,
    );
  }
}
