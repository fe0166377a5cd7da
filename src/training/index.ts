/**
 * Training a model on batches, and running it over them.
 *
 * ```ts
 * import { denseNet, evaluatePredictions, fit, predict, weightedBinaryCrossentropy } from "radiolucent";
 * const model = denseNet({ ...training.format, classes: training.classes });
 * const history = await fit(model, {
 *   training, // batch sources, as datasetBatches makes them
 *   validation,
 *   loss: weightedBinaryCrossentropy(),
 *   epochs: 20,
 *   learningRate: (epoch) => 1e-3 * 0.95 ** epoch,
 *   earlyStopping: { patience: 5 },
 * });
 * const evaluation = evaluatePredictions(await predict(model, test));
 * ```
 *
 * @module
 */
export type { Batch, BatchSource, SkippedImage } from "./batch.js";
export type { EarlyStopping } from "./bestEpoch.js";
export { type BatchOptions, type DatasetBatchesOptions, datasetBatches } from "./datasetBatches.js";
export { evaluatePredictions } from "./evaluatePredictions.js";
export { type BatchProgress, type BestModel, type Checkpoint, type FitOptions, fit } from "./fit.js";
export type { EpochRecord, Monitor, TrainingHistory, ValidationRecord } from "./history.js";
export type { LearningRate } from "./learningRate.js";
export { type PredictionProgress, type Predictions, type PredictOptions, predict } from "./predict.js";
export { chooseThresholds, decisions, type ThresholdOptions } from "./thresholds.js";
