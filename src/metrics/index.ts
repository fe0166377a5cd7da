/**
 * Discrimination, calibration and decisions of classifiers, with intervals. Unknown labels (NaN) are skipped.
 *
 * ```ts
 * import { evaluateMultilabel, formatEvaluation, rocAuc } from "radiolucent/metrics";
 * rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.75
 * const evaluation = evaluateMultilabel(
 *   [[1, 0], [0, 1], [1, NaN], [0, 0]],
 *   [[0.9, 0.2], [0.3, 0.6], [0.4, 0.5], [0.1, 0.7]],
 *   { classes: ["Edema", "Effusion"], groups: ["p1", "p1", "p2", "p3"] },
 * );
 * const table = formatEvaluation(evaluation);
 * ```
 *
 * @module
 */
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
} from "./bootstrapInterval.js";
export { brierScore } from "./brierScore.js";
export {
  type BinningOptions,
  type CalibrationOptions,
  type ClasswiseCalibrationError,
  calibrationError,
  classwiseCalibrationError,
  type ReliabilityBin,
  reliabilityDiagram,
} from "./calibrationError.js";
export { type Confusion, confusionAt } from "./confusionAt.js";
export {
  type DelongInterval,
  type DelongTest,
  delongInterval,
  delongTest,
  type LevelOptions,
} from "./delong.js";
export { type EvaluationOptions, evaluateMultilabel } from "./evaluateMultilabel.js";
export type { ClassEvaluation, Interval, MacroEvaluation, MultilabelEvaluation } from "./evaluation.js";
export { formatEvaluation } from "./formatEvaluation.js";
export { diceCoefficient, intersectionOverUnion, type MaskLike, type MaskRatioOptions } from "./overlap.js";
export {
  averagePrecision,
  type PrecisionRecallCurve,
  precisionRecallCurve,
} from "./precisionRecallCurve.js";
export { type RocCurve, rocAuc, rocCurve } from "./rocCurve.js";
export { type OperatingPoint, selectThreshold, type ThresholdCriterion } from "./selectThreshold.js";
