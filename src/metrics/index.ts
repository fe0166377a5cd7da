/**
 * Discrimination, calibration and decisions of classifiers, agreement of label sets, masks and places, each with its
 * uncertainty; without TensorFlow.js. Unknown labels (NaN) are skipped and counted; what is undefined is NaN.
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
export { adjustPValues, type PValueAdjustment } from "./adjustPValues.js";
export { type BootstrapAuc, type BootstrapAucOptions, bootstrapAuc } from "./bootstrapAuc.js";
export { type BootstrapDifference, bootstrapDifference } from "./bootstrapDifference.js";
export type { BootstrapMethod } from "./bootstrapEnds.js";
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
  type ResamplingOptions,
} from "./bootstrapInterval.js";
export { type BrierDecomposition, brierDecomposition } from "./brierDecomposition.js";
export { brierScore } from "./brierScore.js";
export {
  type BeforeAfter,
  type CalibrationChange,
  type ClassCalibrationChange,
  calibrationChange,
  formatCalibrationChange,
} from "./calibrationChange.js";
export {
  type BinningOptions,
  type CalibrationOptions,
  type ClasswiseCalibrationError,
  calibrationError,
  classwiseCalibrationError,
  type ReliabilityBin,
  reliabilityDiagram,
} from "./calibrationError.js";
export {
  type CalibrationErrors,
  type CalibrationReport,
  type CalibrationReportOptions,
  type ClassCalibrationReport,
  calibrationReport,
  type MeanCalibration,
} from "./calibrationReport.js";
export { applyCalibrator } from "./calibrators/applyCalibrator.js";
export type {
  BetaMap,
  CalibrationMap,
  CalibrationMethod,
  Calibrator,
  CalibratorScores,
  ClassCalibrator,
  IdentityMap,
  IdentityReason,
  IsotonicMap,
  LogitScores,
  PlattMap,
  ProbabilityScores,
  TemperatureMap,
} from "./calibrators/calibrator.js";
export { type FitCalibratorOptions, fitCalibrator } from "./calibrators/fitCalibrator.js";
export type { Recalibration } from "./calibrators/logisticMaps.js";
export {
  type ClassAverage,
  type ClassificationReport,
  type ClassificationReportOptions,
  type ClassReport,
  classificationReport,
  type ReportShares,
  type SampleAverage,
} from "./classificationReport.js";
export { cohenKappa, cohenKappaInterval, type KappaOptions } from "./cohenKappa.js";
export {
  type AucComparison,
  type ClassAucComparison,
  type CompareAucsOptions,
  compareAucs,
} from "./compareAucs.js";
export type { MaskComparisonOptions, MaskPair } from "./compareMasks.js";
export { type Confusion, confusionAt } from "./confusionAt.js";
export { type CoOccurrenceCounts, coOccurrence } from "./coOccurrence.js";
export {
  type ClusterOptions,
  type DelongInterval,
  type DelongOptions,
  type DelongTest,
  type DelongTestOptions,
  delongInterval,
  delongTest,
  type LevelOptions,
} from "./delong.js";
export {
  type ClassDetectionRate,
  type DetectionRate,
  type DetectionRates,
  detectionRates,
} from "./detectionRates.js";
export {
  evaluateLocalization,
  type LocalizationCase,
  type LocalizationOptions,
} from "./evaluateLocalization.js";
export { evaluateMasks, type MaskSetOptions } from "./evaluateMasks.js";
export { type EvaluationOptions, evaluateMultilabel } from "./evaluateMultilabel.js";
export { evaluateSubgroups, type SubgroupOptions } from "./evaluateSubgroups.js";
export type {
  ClassEvaluation,
  Interval,
  MacroEvaluation,
  MultilabelEvaluation,
} from "./evaluation.js";
export { type FleissOptions, fleissKappa, fleissKappaInterval } from "./fleissKappa.js";
export { formatAgreement } from "./formatAgreement.js";
export { formatCalibrationReport } from "./formatCalibrationReport.js";
export { formatClassificationReport } from "./formatClassificationReport.js";
export { formatEvaluation } from "./formatEvaluation.js";
export { formatSubgroups } from "./formatSubgroups.js";
export type { KappaInterval } from "./kappaInterval.js";
export { type AlphaOptions, krippendorffAlpha } from "./krippendorffAlpha.js";
export type {
  ClassLocalization,
  LocalizationEvaluation,
  LocalizationMeasures,
} from "./localizationEvaluation.js";
export {
  type LocalizationIou,
  type LocalizationIouOptions,
  type LocalizationThreshold,
  localizationIou,
  type MapThresholdOptions,
  selectLocalizationThreshold,
} from "./localizationIou.js";
export type { LocalizationTruth, MarkedBox } from "./localizationTruth.js";
export { type LogLossOptions, logLoss } from "./logLoss.js";
export type { EmptyMasks, MaskEvaluation, MaskImageEvaluation, PositiveMasks } from "./maskEvaluation.js";
export type { EvidenceMap, MaskImage } from "./maskImage.js";
export { type MaskEvaluationOptions, type MaskTally, maskTally } from "./maskTally.js";
export {
  type ClassConfusion,
  type DecisionOptions,
  type MultilabelConfusion,
  multilabelConfusion,
} from "./multilabelConfusion.js";
export { diceCoefficient, intersectionOverUnion, type MaskLike, type MaskRatioOptions } from "./overlap.js";
export {
  type AgreementOptions,
  type ClassAgreement,
  type PairAgreement,
  type PairwiseAgreement,
  pairwiseAgreement,
} from "./pairwiseAgreement.js";
export { type PartialAucOptions, partialAuc } from "./partialAuc.js";
export {
  type CompleteAgreement,
  completeAgreement,
  percentAgreement,
  type SpecificAgreement,
  specificAgreement,
} from "./percentAgreement.js";
export { type MapPoint, type PointingGameOptions, pointingGame } from "./pointingGame.js";
export {
  averagePrecision,
  type PrecisionRecallCurve,
  precisionRecallCurve,
} from "./precisionRecallCurve.js";
export { energyInside, massAccuracy, rankAccuracy } from "./relevanceInside.js";
export { type RocCurve, rocAuc, rocCurve } from "./rocCurve.js";
export type { WeightOptions } from "./sample.js";
export { type OperatingPoint, type SelectThresholdOptions, selectThreshold } from "./selectThreshold.js";
export { ageBands, imageCounts, type SubgroupColumn } from "./subgroupBands.js";
export type {
  Subgroup,
  SubgroupAttribute,
  SubgroupCounts,
  SubgroupEvaluation,
  SubgroupReason,
  SubgroupValue,
} from "./subgroupEvaluation.js";
export type { DecisionMetric, SubgroupMetricName } from "./subgroupMetric.js";
export { type RunSummary, summarizeRuns } from "./summarizeRuns.js";
export {
  type AverageSurfaceOptions,
  averageSurfaceDistance,
  type HausdorffOptions,
  hausdorffDistance,
  hausdorffDistance95,
  type SurfaceDistanceOptions,
  surfaceDice,
} from "./surfaceDistance.js";
export { type SurfaceDistances, type SurfaceOptions, surfaceDistances } from "./surfaceDistances.js";
export type { ErrorCosts, ThresholdCriterion } from "./thresholdCriterion.js";
export { type ThresholdSweep, type ThresholdSweepOptions, thresholdSweep } from "./thresholdSweep.js";
export type { ThresholdWarning } from "./thresholdWarning.js";
export {
  type SameSamplesWarning,
  type ScoredSamples,
  type ThresholdOutcome,
  type ThresholdTransfer,
  type TransferThresholdOptions,
  transferThreshold,
} from "./transferThreshold.js";
export { type ShareInterval, wilsonInterval } from "./wilsonInterval.js";
