import type { Dataset, Study } from "../labels/dataset.js";
import type { BatchSource } from "../training/batch.js";
import { type BatchOptions, datasetBatches } from "../training/datasetBatches.js";
import { loadStudyImage } from "./loadStudyImage.js";

/**
 * Batches of a dataset whose images are PNG or JPEG files: {@link datasetBatches} with {@link loadStudyImage}.
 *
 * ```ts
 * const training = imageBatches(sets.train, { size: 224, batchSize: 16, shuffle: true, seed: 7 });
 * for await (const { images, labels, studies } of training) {
 *   images.shape; // [16, 224, 224, 1]
 * }
 * ```
 *
 * @throws ArgumentError for an option out of its range; in the iteration, for a study without an image, or when not one
 *   image of an epoch can be read
 */
export function imageBatches<S extends Study>(dataset: Dataset<S>, options: BatchOptions): BatchSource<S> {
  return datasetBatches(dataset, { ...options, load: (study) => loadStudyImage(dataset, study) });
}
