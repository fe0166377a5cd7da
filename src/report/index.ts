/**
 * Plots of a dataset, of an evaluation and of a training, and one HTML page with everything about a trained model.
 *
 * ```ts
 * import { renderSvg, rocPlot } from "radiolucent";
 * const svg = await renderSvg(rocPlot({ predictions, evaluation, evaluatedOn: "test" }));
 * ```
 *
 * @module
 */
export { camGrid } from "./camGrid.js";
export { type DatasetPlots, datasetPlots } from "./datasetPlots.js";
export type { EvaluatedPredictions } from "./evaluated.js";
export type { Figure, FigureTable } from "./figure.js";
export { htmlReport } from "./htmlReport.js";
export { type MaskPicture, maskOverlayGrid } from "./maskOverlayGrid.js";
export { prevalencePlot } from "./prevalencePlot.js";
export { reliabilityPlot } from "./reliabilityPlot.js";
export { renderSvg } from "./renderSvg.js";
export type { CamPicture, ReportInput } from "./reportInput.js";
export { rocPlot } from "./rocPlot.js";
export { splitComparisonPlot } from "./splitComparisonPlot.js";
export { trainingPlot } from "./trainingPlot.js";
