import { type MimicCxrOptions, type MimicCxrStudy, mimicCxrDefinition } from "../datasets/mimicCxr.js";
import type { Dataset } from "../labels/dataset.js";
import { type DatasetPlace, openDataset, type ReadOptions } from "./openDataset.js";

/**
 * Reads MIMIC-CXR-JPG (Johnson et al., arXiv 1901.07042), whole or in part: its metadata, joined with the labels of the
 * examinations and the official split. How the tables are read, `mimicCxrDefinition` says.
 *
 * ```ts
 * const dataset = await mimicCxr({ root: "mimic-cxr-jpg/2.0.0", labels: "negbio" });
 * const test = filterStudies(dataset, ({ split }) => split === "test", "not in the test set");
 * ```
 *
 * @throws TableError and ArgumentError as `openDataset` and `mimicCxrDefinition` do
 */
export function mimicCxr(
  source: DatasetPlace & ReadOptions & MimicCxrOptions,
): Promise<Dataset<MimicCxrStudy>> {
  return openDataset(mimicCxrDefinition(source), source);
}
