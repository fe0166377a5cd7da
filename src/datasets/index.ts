/**
 * Chest X-ray datasets: how their tables become labelled studies. `radiolucent/node` reads them from files.
 *
 * ```ts
 * import { cheXpertDefinition } from "radiolucent";
 * const dataset = cheXpertDefinition({ blank: "absent" }).fromTables({ train: rows }); // fields, the header first
 * dataset.uncertain; // 1 where the table says -1
 * ```
 *
 * @module
 */
export { type ChestXray14Study, chestXray14Definition, chestXray14FromRows } from "./chestXray14.js";
export { type CheXpertOptions, type CheXpertStudy, cheXpertDefinition } from "./cheXpert.js";
export type { BlankLabels } from "./cheXpertLabels.js";
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
export { type FolderDatasetOptions, folderDatasetDefinition } from "./folderDataset.js";
export type { LungFileLayout } from "./lungFileLayouts.js";
export {
  type LungLayout,
  type LungSegmentationOptions,
  type LungStudy,
  lungSegmentationDefinition,
} from "./lungSegmentation.js";
export { type MimicCxrOptions, type MimicCxrStudy, mimicCxrDefinition } from "./mimicCxr.js";
export type { PatientOption } from "./ownPatient.js";
export { type PadChestOptions, type PadChestProjection, padChestDefinition } from "./padChest.js";
export type { PadChestStudy } from "./padChestStudy.js";
export type { PatientRule } from "./patientRule.js";
export type { ReadStudy } from "./readerVotes.js";
export {
  type RsnaPneumoniaClass,
  type RsnaPneumoniaStudy,
  rsnaPneumoniaDefinition,
} from "./rsnaPneumonia.js";
export {
  type SiimPneumothoraxOptions,
  type SiimPneumothoraxStudy,
  siimPneumothoraxDefinition,
} from "./siimPneumothorax.js";
export type { TableRow } from "./tableRecords.js";
export { type VinDrCxrOptions, type VinDrCxrStudy, vinDrCxrDefinition } from "./vinDrCxr.js";
