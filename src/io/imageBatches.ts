import { ArgumentError } from "../errors.js";
import type { Dataset, Study } from "../labels/dataset.js";
import type { BatchSource } from "../training/batch.js";
import { type BatchOptions, datasetBatches } from "../training/datasetBatches.js";
import { decodeImage } from "./decodeImage.js";

/**
 * Batches of a dataset whose images are PNG or JPEG files: {@link datasetBatches} with {@link decodeImage} on each
 * study's `path`. Studies without a path are read through the dataset's `loadImage`, where it has one.
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
  const load = (study: S) => {
    if (study.path !== undefined) return decodeImage(study.path);
    if (dataset.loadImage) return dataset.loadImage(study);
    throw new ArgumentError(
      "dataset",
      `study "${study.imageId}" has no path; read the dataset with its images`,
    );
  };
  return datasetBatches(dataset, { ...options, load });
}
