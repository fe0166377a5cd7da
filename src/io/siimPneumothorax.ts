import {
  type SiimPneumothoraxOptions,
  type SiimPneumothoraxStudy,
  siimPneumothoraxDefinition,
} from "../datasets/siimPneumothorax.js";
import type { Dataset } from "../labels/dataset.js";
import { type DatasetPlace, openDataset, type ReadOptions } from "./openDataset.js";

/** Where the SIIM-ACR Pneumothorax set lies, and how it is read. */
export interface SiimPneumothoraxSource
  extends SiimPneumothoraxOptions,
    ReadOptions,
    Omit<DatasetPlace, "tables"> {
  /** The table of run lengths, `.csv` or `.csv.gz`, where it is not in `root` under its published name. */
  readonly rle?: string;
}

/**
 * Reads the training set of the SIIM-ACR Pneumothorax Segmentation contest: run lengths and, where they are, the images with
 * what their DICOM headers say. How the table is read, and whose images these are, `siimPneumothoraxDefinition` says.
 *
 * ```ts
 * const dataset = await siimPneumothorax({ root: "siim", rle: "train-rle.csv" });
 * const { Pneumothorax } = await loadStudyMasks(dataset, dataset.studies[0]); // shape [1024, 1024]
 * ```
 *
 * @throws TableError and ArgumentError as `openDataset` does
 */
export function siimPneumothorax(options: SiimPneumothoraxSource): Promise<Dataset<SiimPneumothoraxStudy>> {
  const { rle } = options;
  return openDataset(siimPneumothoraxDefinition(options), {
    ...options,
    ...(rle !== undefined && { tables: { rle } }),
  });
}
