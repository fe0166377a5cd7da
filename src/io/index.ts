/**
 * Files: datasets and images from disk, models and checkpoints on disk, progress on a terminal.
 *
 * ```ts
 * import { chestXray14, imageBatches, imageStatistics } from "radiolucent/node";
 * const dataset = await chestXray14({ root: "ChestX-ray14" });
 * const { mean, standardDeviation } = await imageStatistics(dataset, { size: 224 });
 * const normalization = { method: "statistics", mean, standardDeviation } as const;
 * const batches = imageBatches(dataset, { size: 224, normalization, shuffle: true, seed: 7 });
 * ```
 *
 * @module
 */

export { readDicom, readDicomHeader } from "../dicom/index.js";
export { loadSafetensors } from "../models/index.js";
export {
  auditImages,
  type ImageAudit,
  type ImageAuditOptions,
  type ImageAuditRow,
  type ImageAuditThresholds,
  type ImageFlag,
  imageFlags,
  type LookAlike,
} from "./auditImages.js";
export { type CamPictureOptions, camPictures, type ExplainedStudy } from "./camPictures.js";
export { checkDataset, type DatasetCheck, type DatasetCheckOptions } from "./checkDataset.js";
export { checkpointFolder } from "./checkpointFolder.js";
export { type ChestXray14Source, chestXray14 } from "./chestXray14.js";
export { cheXpert } from "./cheXpert.js";
export {
  type ContactGroup,
  type ContactSheetOptions,
  type ContactTile,
  contactSheet,
} from "./contactSheet.js";
export { type CsvDatasetOptions, csvDataset } from "./csvDataset.js";
export { csvLog } from "./csvLog.js";
export { decodeImage } from "./decodeImage.js";
export { encodePng } from "./encodePng.js";
export { type Environment, environment } from "./environment.js";
export { epochLog } from "./epochLog.js";
export type { TrainedRun } from "./experiment/runFolder.js";
export type { StudySets } from "./experiment/splitRecord.js";
export { exportOnnx } from "./exportOnnx.js";
export { folderDataset } from "./folderDataset.js";
export { type ImageBatchOptions, imageBatches } from "./imageBatches.js";
export { type ImageCache, type ImageCacheStatistics, imageCache } from "./imageCache.js";
export { type DatasetFingerprints, imageFingerprint, imageFingerprints } from "./imageFingerprints.js";
export { type ImageStatisticsOptions, imageStatistics } from "./imageStatistics.js";
export { jsonLinesLog } from "./jsonLinesLog.js";
export type { HeadClasses } from "./keras/giveContract.js";
export { type LoadKerasModelOptions, loadKerasModel } from "./keras/loadKerasModel.js";
export { loadKerasWeights } from "./keras/loadKerasWeights.js";
export { loadRuns, type TrainedRuns, type UnfinishedRun } from "./loadRuns.js";
export { loadStudyImage } from "./loadStudyImage.js";
export { loadStudyMasks } from "./loadStudyMasks.js";
export { lungSegmentation } from "./lungSegmentation.js";
export { type MaskPictureOptions, maskPictures, type SegmentedPicture } from "./maskPictures.js";
export type { MeasureOptions, MeasureProgress } from "./measureImages.js";
export { mimicCxr } from "./mimicCxr.js";
export { loadModel, saveModel } from "./modelFiles.js";
export { type DatasetPlace, openDataset, type ReadOptions } from "./openDataset.js";
export { padChest } from "./padChest.js";
export {
  type PhantomFormat,
  type WritePhantomOptions,
  writePhantomDataset,
} from "./phantoms/writePhantomDataset.js";
export type { PredictedRun, PredictedStudy, PredictionTable } from "./predictionTable.js";
export { type OutputStream, progressBar } from "./progressBar.js";
export { quantizeModel } from "./quantizeModel.js";
export { readPredictionTable } from "./readPredictionTable.js";
export { rsnaPneumonia } from "./rsnaPneumonia.js";
export { type SiimPneumothoraxSource, siimPneumothorax } from "./siimPneumothorax.js";
export { tensorBoardLog } from "./tensorBoardLog.js";
export {
  type ExperimentOptions,
  type RunContext,
  type RunFitOptions,
  type RunReport,
  type RunTraining,
  type TrainRunsOptions,
  trainRuns,
} from "./trainRuns.js";
export { vinDrCxr } from "./vinDrCxr.js";
export type { MissingImages } from "./withPaths.js";
export { type ImageAuditPictures, writeImageAudit } from "./writeImageAudit.js";
export { writePredictionTable } from "./writePredictionTable.js";
export { writeModelCard, writeReport } from "./writeReport.js";
