/**
 * Tables of chest X-ray datasets, as labelled studies. `radiolucent/node` reads the same from files.
 *
 * ```ts
 * import { chestXray14FromRows } from "radiolucent";
 * const dataset = chestXray14FromRows([
 *   ["Image Index", "Finding Labels", "Patient ID", "Patient Age"],
 *   ["00000001_000.png", "Cardiomegaly|Effusion", "1", "058Y"],
 * ]);
 * dataset.studies[0].ageYears; // 58
 * ```
 *
 * @module
 */
export { type ChestXray14Study, chestXray14Definition, chestXray14FromRows } from "./chestXray14.js";
export { type CsvColumns, type CsvStudy, csvDatasetFromRows } from "./csvDataset.js";
export {
  type DatasetDefinition,
  type DatasetReader,
  type DefinedDataset,
  defineDataset,
  type ReadingReport,
  type StudyEntry,
  type TableRows,
  type TableSource,
} from "./defineDataset.js";
export type { TableRow } from "./tableRecords.js";
