import { type VinDrCxrOptions, type VinDrCxrStudy, vinDrCxrDefinition } from "../datasets/vinDrCxr.js";
import type { Dataset } from "../labels/dataset.js";
import { type DatasetPlace, openDataset, type ReadOptions } from "./openDataset.js";

/**
 * Reads VinDr-CXR: the training part as the VinBigData contest has it, or the tables of PhysioNet. What the editions hold
 * and how votes become labels, `vinDrCxrDefinition` says.
 *
 * ```ts
 * const dataset = await vinDrCxr({ root: "vinbigdata", aggregate: "majority" });
 * dataset.labelSets.R9; // what reader R9 said
 * const test = await vinDrCxr({ root: "1.0.0/annotations", images: "1.0.0/test", edition: "physionet-test" });
 * ```
 *
 * @throws TableError and ArgumentError as `openDataset` does
 */
export function vinDrCxr(
  options: VinDrCxrOptions & DatasetPlace & ReadOptions,
): Promise<Dataset<VinDrCxrStudy>> {
  return openDataset(vinDrCxrDefinition(options), options);
}
