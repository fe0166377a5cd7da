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

export type { MeanOverRuns } from "../metrics/meanOverRuns.js";
export type { Batch, BatchSource, SkippedImage } from "./batch.js";
export { type BatchOfImagesOptions, batchOfImages } from "./batchOfImages.js";
export type { EarlyStopping } from "./bestEpoch.js";
export {
  type CalibrateOptions,
  type CalibrationWarning,
  calibratedProbabilities,
  calibrateModel,
  calibrationWarnings,
} from "./calibrate.js";
export { combineRuns, type RunPredictions, type RunScores } from "./combineRuns.js";
export {
  type CompareOptions,
  compareModels,
  type HeadComparison,
  type ModelComparison,
  type Pair,
} from "./compareModels.js";
export { type BatchOptions, type DatasetBatchesOptions, datasetBatches } from "./datasetBatches.js";
export type { MaskOverlap } from "./diceTally.js";
export {
  type EvaluatePredictionsOptions,
  evaluatePredictions,
} from "./evaluatePredictions.js";
export { evaluateRuns, type RunMetric, type RunMetrics, type RunsEvaluation } from "./evaluateRuns.js";
export { type FineTuneOptions, type FineTuningStage, fineTune } from "./fineTune.js";
export { fit } from "./fit.js";
export type { BatchProgress, BestModel, Checkpoint, EpochCallback, FitOptions } from "./fitOptions.js";
export { type FormatRunsOptions, formatRuns } from "./formatRuns.js";
export type { GradientClipping } from "./gradientSum.js";
export type { EpochRecord, HeadRecord, Monitor, TrainingHistory, ValidationRecord } from "./history.js";
export type { Losses, WeightedLoss } from "./objective.js";
export { AdamW, type AdamWOptions, adamW } from "./optimizers/adamW.js";
export { Pesg, type PesgOptions, pesg } from "./optimizers/pesg.js";
export type { Agreement, Difference } from "./outputDifference.js";
export {
  type PredictionProgress,
  type Predictions,
  type PredictOptions,
  predict,
  predictHeads,
} from "./predict.js";
export {
  type Batches,
  type PredictBatchesOptions,
  type PredictedBatch,
  predictBatches,
} from "./predictBatches.js";
export { type PredictRunsOptions, predictRuns, type RunModel } from "./predictRuns.js";
export {
  cosineSchedule,
  type LearningRate,
  type LearningRateSchedule,
  type PlateauOptions,
  plateauSchedule,
  type ScheduleMoment,
  stepSchedule,
  warmUp,
} from "./schedules.js";
export {
  evaluateSegmentation,
  type SegmentationEvaluation,
  type SegmentedStudy,
  type SegmentOptions,
  segment,
} from "./segment.js";
export {
  type SegmentPositivesOptions,
  segmentPositives,
  type TwoStageStudy,
} from "./segmentPositives.js";
export type { TestTimeView } from "./testTimeViews.js";
export { chooseThresholds, decisions, type ThresholdOptions } from "./thresholds.js";
export { thresholdWarnings } from "./thresholdWarnings.js";
