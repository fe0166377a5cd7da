/**
 * Finding vocabularies, the label matrix and labelled studies.
 *
 * ```ts
 * import { labelMatrix } from "radiolucent/labels";
 * const labels = labelMatrix(["Edema", "Effusion"], [[1, 0], [NaN, 1]]);
 * ```
 *
 * @module
 */
export type { Image, Mask } from "../image.js";
export type { ClassMatrix, MatrixLike } from "../matrix.js";
export {
  type AggregatedAnnotations,
  type AggregationCount,
  type AnnotationMatrix,
  aggregateAnnotations,
} from "./aggregateAnnotations.js";
export {
  type Aggregation,
  type AggregationOptions,
  type AggregationRule,
  aggregateVotes,
} from "./aggregateVotes.js";
export {
  applyUncertaintyPolicy,
  type UncertaintyOptions,
  type UncertaintyRule,
} from "./applyUncertaintyPolicy.js";
export { chestXray14Findings } from "./chestXray14Findings.js";
export { cheXpertFindings } from "./cheXpertFindings.js";
export { compareSplits, type SplitComparison, type SplitDifference, type SplitGap } from "./compareSplits.js";
export type {
  ChangedValues,
  Dataset,
  DatasetAccount,
  DroppedRows,
  FindingBox,
  JoinedTable,
  Masks,
  Study,
} from "./dataset.js";
export { type DatasetDescription, describeDataset } from "./describeDataset.js";
export type {
  CoOccurrence,
  FindingCounts,
  FindingsDescription,
  FindingsPerImage,
} from "./describeDatasetFindings.js";
export type { AgeSummary, CategoryCounts, ImagesPerPatient, Quartiles } from "./describeDatasetStudies.js";
export type { Fingerprints, ImageFingerprint } from "./fingerprint.js";
export {
  type Harmonization,
  type Harmonized,
  type HarmonizeOptions,
  harmonizeLabels,
} from "./harmonizeLabels.js";
export { type LabelMatrix, labelMatrix, selectClasses, selectRows } from "./labelMatrix.js";
export { type MergedStudy, type MergeOptions, mergeDatasets } from "./mergeDatasets.js";
export {
  type PadChestName,
  padChestFindings,
  padChestNames,
  padChestPathologies,
  padChestTree,
  padChestTubes,
  padChestWordsUnder,
} from "./padChestFindings.js";
export { filterStudies, selectStudies, withLabelSet } from "./selectStudies.js";
export { vinBigDataFindings, vinDrCxrFindings } from "./vinDrCxrFindings.js";
export { chestVocabulary, type Vocabulary, vocabularyClass } from "./vocabulary.js";
