import { type FolderDatasetOptions, folderDatasetDefinition } from "../datasets/folderDataset.js";
import type { Dataset } from "../labels/dataset.js";
import { openDataset } from "./openDataset.js";

/**
 * Reads a folder with a folder of images for each class. What the folders mean, `folderDatasetDefinition` says.
 *
 * ```ts
 * const dataset = await folderDataset({
 *   root: "chest_xray/train", negative: "NORMAL", patientOf: /person\d+|IM-\d+/,
 * });
 * dataset.labels.classes; // ["PNEUMONIA"]
 * dataset.account.dropped; // [{ reason: "a hidden file", count: 1, examples: ["PNEUMONIA/.DS_Store"] }]
 * ```
 *
 * @param options `root` is the folder, `signal` ends the reading with its reason
 * @throws ArgumentError when the folder is absent, holds no image in a class folder, or as `folderDatasetDefinition` does
 */
export function folderDataset(
  options: FolderDatasetOptions & { readonly root: string; readonly signal?: AbortSignal },
): Promise<Dataset> {
  const { root, signal } = options;
  return openDataset(folderDatasetDefinition(options), { root, ...(signal && { signal }) });
}
