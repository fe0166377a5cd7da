import { type PadChestOptions, padChestDefinition } from "../datasets/padChest.js";
import type { PadChestStudy } from "../datasets/padChestStudy.js";
import type { Dataset } from "../labels/dataset.js";
import { type DatasetPlace, openDataset, type ReadOptions } from "./openDataset.js";

/**
 * Reads PadChest (Bustos et al., Medical Image Analysis 2020), whole or in part: pathologies as its labels, the tubes as the
 * label set "tubes". How the table is read, `padChestDefinition` says.
 *
 * ```ts
 * const dataset = await padChest({
 *   root: "PadChest",
 *   projections: ["PA", "AP", "AP_horizontal"],
 *   dropSuboptimal: true,
 *   dropUnlabelled: true,
 * });
 * dataset.account.dropped; // [{ reason: "projection L", count: 12, examples: [...] }, ...]
 * const tubes = withLabelSet(dataset, "tubes");
 * ```
 *
 * @throws TableError and ArgumentError as `openDataset` and `padChestDefinition` do
 */
export function padChest(
  source: DatasetPlace & ReadOptions & PadChestOptions,
): Promise<Dataset<PadChestStudy>> {
  return openDataset(padChestDefinition(source), source);
}
