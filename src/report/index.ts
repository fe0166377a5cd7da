/**
 * Plots of a dataset, of an evaluation and of a training, and one HTML page with everything about a trained model.
 *
 * ```ts
 * import { rocPlot } from "radiolucent";
 * const svg = await rocPlot({ predictions, evaluation, evaluatedOn: "test" }).svg();
 * ```
 *
 * @module
 */
export {
  type CalibrationComparison,
  type CalibrationComparisonOptions,
  calibrationComparisonPlot,
} from "./calibrationComparisonPlot.js";
export { camGrid } from "./camGrid.js";
export { type ConfusionPlotOptions, confusionPlot } from "./confusionPlot.js";
export type { BandOptions } from "./curveBand.js";
export { type DatasetPlots, datasetPlots } from "./datasetPlots.js";
export type { EvaluatedPredictions } from "./evaluated.js";
export { evaluationRows } from "./evaluationRows.js";
export type { Figure, FigureTable } from "./figure.js";
export type { ForestReference, ForestRow } from "./forestMarks.js";
export { type ForestOptions, forestPlot } from "./forestPlot.js";
export { htmlReport } from "./htmlReport.js";
export { kappaPlot } from "./kappaPlot.js";
export { type MaskPicture, maskOverlayGrid } from "./maskOverlayGrid.js";
export { type ModelCardInput, modelCard } from "./modelCard.js";
export { precisionRecallPlot } from "./precisionRecallPlot.js";
export { prevalencePlot } from "./prevalencePlot.js";
export { reliabilityPlot } from "./reliabilityPlot.js";
export { renderSvg } from "./renderSvg.js";
export type { CamPicture, ModelPurpose, ReportInput, ReportSection } from "./reportInput.js";
export { type CurvePlotOptions, rocPlot } from "./rocPlot.js";
export { runsPlot } from "./runsPlot.js";
export { splitComparisonPlot } from "./splitComparisonPlot.js";
export { type SubgroupPlotOptions, subgroupPlot } from "./subgroupPlot.js";
export type { Panel } from "./theme.js";
export { thresholdSweepPlot } from "./thresholdSweepPlot.js";
export { trainingPlot } from "./trainingPlot.js";
