import type { PatientOption } from "../datasets/ownPatient.js";
import { type RsnaPneumoniaStudy, rsnaPneumoniaDefinition } from "../datasets/rsnaPneumonia.js";
import type { Dataset } from "../labels/dataset.js";
import { type DatasetPlace, openDataset, type ReadOptions } from "./openDataset.js";

/**
 * Reads the training set of the RSNA Pneumonia Detection Challenge, stage 2: tables, boxes and images. How each table is
 * read, and whose images these are, `rsnaPneumoniaDefinition` says.
 *
 * ```ts
 * const dataset = await rsnaPneumonia({ root: "rsna-pneumonia-detection-challenge" });
 * dataset.studies[0].boxes; // [{ finding: "Pneumonia", x: 264, y: 152, width: 213, height: 379 }, ...]
 * ```
 *
 * @throws TableError and ArgumentError as `openDataset` does
 */
export function rsnaPneumonia(
  options: PatientOption & DatasetPlace & ReadOptions,
): Promise<Dataset<RsnaPneumoniaStudy>> {
  return openDataset(rsnaPneumoniaDefinition(options), options);
}
