import type { LayersModel } from "@tensorflow/tfjs-layers";
import { TrainingError } from "../errors.js";
import { contractOf } from "../models/contract.js";
import { nextTask } from "../nextTask.js";
import { assertBatch } from "./batchCheck.js";
import { batchGradients } from "./batchGradients.js";
import { checkFitOptions, type FitOptions } from "./fitOptions.js";
import { type EpochRecord, monitored, type TrainingHistory } from "./history.js";
import { learningRateAt, learningRateOf, setLearningRate } from "./learningRate.js";
import { objectiveOf } from "./objective.js";
import { noProgress, startTraining, type Training } from "./startTraining.js";
import { type EpochProgress, saveTraining } from "./trainingState.js";
import { validate } from "./validate.js";

/**
 * Trains a model on logits by gradient descent.
 *
 * An epoch takes one step a batch (or a few, by `accumulate`), with dropout and batch normalisation in training mode, then
 * measures the whole validation set in inference mode. Weight penalties (regularizers) of the model's layers are added to
 * the loss, in training and validation alike. The event loop gets a turn after each batch.
 *
 * Batch normalisation whose layer is not trainable is in inference mode, as in Keras ({@link honourTrainable}).
 *
 * A model may have several heads. A classification head takes its classes from the batches' label set of its own name, if
 * there is one, otherwise from the labels; a segmentation head takes the masks of its names.
 *
 * With `earlyStopping` the model ends with the weights of the best epoch, whether training stopped early or not;
 * without, with those of the last. Training writes the source's normalisation into the model's contract if the
 * contract has none, and takes out decision thresholds, which hold for the former weights only.
 *
 * With a `checkpoint` that keeps states, as `checkpointFolder` does, a training that was killed at any moment and is run
 * again with `resume: true` gives the weights, the batches and the history (but for the seconds) that it would have given
 * uninterrupted, bit for bit: same code, sources, seeds and backend. One that was over is only loaded, or goes on where
 * `epochs` is larger now. Batches of a broken off epoch that are done already are read again, and passed over.
 *
 * When it throws, the model keeps the weights of its last whole step. On every way out no tensor is left but what an
 * optimizer that was given keeps.
 *
 * Runs with equal seeds of the model and the sources give bit-identical weights and records, but for the seconds, on a
 * backend that adds in a fixed order, as cpu does.
 *
 * @throws ModelError when the sources and the model's contract differ in classes, masks, size, channels or normalisation,
 * an image has values outside the range that the contract states, the model has no head or no weight to train, or the
 * state to resume is of another training
 * @throws ArgumentError for an option out of its range, a head without a loss, or `earlyStopping` without `validation`
 * @throws TrainingError when a loss or its gradient is NaN or infinite (it names the batch and its images), a source gives
 * no sample, or the monitored figure is undefined
 */
export async function fit(model: LayersModel, options: FitOptions): Promise<TrainingHistory> {
  const { epochs, validation, signal, checkpoint, monitor = "validationLoss" } = options;
  const contract = contractOf(model);
  checkFitOptions(options, contract);
  const objective = objectiveOf(contract, options.loss);
  const training = await startTraining(model, objective, options);
  const { records, best, average } = training;
  const callbacks = [options.onEpoch ?? []].flat();
  try {
    for (let epoch = records.length + 1; epoch <= epochs && !best.exhausted; epoch++) {
      signal?.throwIfAborted();
      const trained = await trainEpoch(training, options);
      const start = performance.now();
      const averaged = average?.apply();
      try {
        const validated = validation && (await validate(model, objective, validation, epoch, signal));
        const { samples, loss, parts, seconds } = trained;
        const record: EpochRecord = {
          epoch,
          learningRate: learningRateOf(training.optimizer),
          trainingLoss: loss / samples,
          ...(parts.length > 1 && {
            trainingHeads: Object.fromEntries(
              objective.heads.map(({ head }, i) => [head.name, parts[i]! / samples]),
            ),
          }),
          steps: training.steps,
          validation: validated?.record,
          seconds: seconds + (performance.now() - start) / 1000,
          skipped: options.training.size - samples + (validated?.skipped ?? 0),
        };
        records.push(record);
        if (record.validation && best.observe(epoch, record.validation)) {
          const value = monitored(record.validation, monitor);
          await checkpoint?.save(model, { epoch, monitor, value });
        }
        for (const callback of callbacks) await callback(record, records);
      } finally {
        averaged?.restore();
      }
      training.epoch = noProgress(objective);
      await saveState(training, options);
    }
    if (options.earlyStopping) best.restore();
    else average?.apply().forget();
    return {
      epochs: records,
      monitor,
      bestEpoch: best.figures.epoch,
      stoppedBecause: best.exhausted ? "early-stopping" : "epochs",
    };
  } finally {
    training.dispose();
  }
}

/** Trains the rest of the epoch in progress. */
async function trainEpoch(training: Training, options: FitOptions): Promise<EpochProgress> {
  const { model, run, objective, optimizer, gradients, variables, average, records } = training;
  const {
    epochs,
    learningRate,
    accumulate = 1,
    clipGradients,
    onBatch,
    signal,
    stateEvery = Infinity,
  } = options;
  const source = options.training;
  const epoch = records.length + 1;
  const contract = contractOf(model);
  const batches = Math.ceil(source.size / source.batchSize);
  const start = performance.now() - training.epoch.seconds * 1000;
  const setRate = () => {
    if (learningRate === undefined) return;
    const done = Math.min(training.epoch.batches / batches, 1 - 1e-9);
    setLearningRate(optimizer, learningRateAt(learningRate, { epoch: epoch - 1 + done, epochs, records }));
  };
  const step = () => {
    if (typeof learningRate === "object") setRate();
    gradients.step(optimizer, clipGradients);
    training.steps++;
    average?.update();
  };
  // A schedule sets the rate before each step: none may be left in an epoch that is resumed.
  if (typeof learningRate !== "object") setRate();
  let number = 0;
  for await (const batch of source.epoch(epoch - 1, { ...(signal && { signal }) })) {
    if (++number <= training.epoch.batches) continue;
    assertBatch(contract, batch);
    const at = { epoch, batch: number };
    const {
      loss,
      parts,
      squares,
      gradients: found,
    } = await batchGradients(model, objective, batch, at, { variables, run });
    const count = batch.studies.length;
    gradients.add(found, count, squares);
    if (gradients.batches === accumulate) step();
    const { samples, loss: sum, parts: sums } = training.epoch;
    training.epoch = {
      batches: number,
      samples: samples + count,
      loss: sum + loss * count,
      parts: sums.map((value, i) => value + parts[i]! * count),
      seconds: (performance.now() - start) / 1000,
    };
    await onBatch?.({ ...at, epochs, batches, loss });
    if (number % stateEvery === 0 && gradients.batches === 0) await saveState(training, options);
    await nextTask();
    signal?.throwIfAborted();
  }
  if (gradients.batches > 0) step();
  if (training.epoch.samples === 0) throw new TrainingError("the training source gave no sample", { epoch });
  return training.epoch;
}

async function saveState(training: Training, { checkpoint }: FitOptions): Promise<void> {
  if (!checkpoint?.saveState) return;
  const { parts, average, best, records, steps, epoch } = training;
  const state = await saveTraining(
    { ...parts, average: average?.values ?? [], bestWeights: best.weights },
    { records, best: best.figures, steps, epoch },
  );
  await checkpoint.saveState(state);
}
