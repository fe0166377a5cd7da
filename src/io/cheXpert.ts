import { type CheXpertOptions, type CheXpertStudy, cheXpertDefinition } from "../datasets/cheXpert.js";
import type { Dataset } from "../labels/dataset.js";
import { type DatasetPlace, openDataset, type ReadOptions } from "./openDataset.js";

/**
 * Reads CheXpert (Irvin et al., AAAI 2019), whole or in part: train.csv, valid.csv and test_labels.csv, those that are
 * there, as one dataset with `split`. How each column is read, `cheXpertDefinition` says.
 *
 * ```ts
 * const dataset = await cheXpert({ root: "CheXpert-v1.0-small" });
 * const frontal = filterStudies(dataset, (study) => study.frontal === true, "not a frontal film");
 * ```
 *
 * @throws TableError and ArgumentError as `openDataset` and `cheXpertDefinition` do
 */
export function cheXpert(
  source: DatasetPlace & ReadOptions & CheXpertOptions,
): Promise<Dataset<CheXpertStudy>> {
  return openDataset(cheXpertDefinition(source), source);
}
