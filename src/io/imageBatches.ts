import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import type { Preprocessing } from "../images/preprocessing.js";
import type { Dataset, Study } from "../labels/dataset.js";
import type { BatchSource } from "../training/batch.js";
import { type BatchOptions, datasetBatches } from "../training/datasetBatches.js";
import { decodeImage } from "./decodeImage.js";
import { loadFilm } from "./decoding/loadFilm.js";
import { loadInWorker } from "./decoding/workerPool.js";
import { type ImageCache, imageCache } from "./imageCache.js";
import { loadPreparedImage, loadPreparedMasks } from "./loadPrepared.js";

/** How batches are made of image files. */
export interface ImageBatchOptions extends BatchOptions {
  /**
   * Threads that decode and resize, shared by all sources. Default: as many as there are processors, at most 8. With 0
   * the calling thread does it.
   */
  readonly workers?: number;
  /**
   * Keeps decoded and resized images on disk, so that later epochs and later runs need not decode: an
   * {@link imageCache}, or its folder. Images without a path, those of a dataset's `loadImage`, are not kept.
   */
  readonly cache?: ImageCache | string;
  /**
   * Changes each image before it is resized; its key becomes part of the format, and so of the contract of a model that is
   * trained on the batches. It cannot cross into a worker, so the calling thread then does all work on images that are not in
   * the cache.
   */
  readonly preprocess?: Preprocessing;
}

/** More threads than this hardly find work beside a training. */
const mostWorkers = 8;

/**
 * Batches of a dataset whose images are files that {@link decodeImage} reads: {@link datasetBatches} with the images of
 * {@link loadStudyImage}. Files are read, decoded and resized in worker threads, to which all those of the batches ahead
 * are handed at once, so this goes on while a training step keeps the calling thread busy. Neither workers nor the cache
 * change a bit of the batches.
 *
 * ```ts
 * const training = imageBatches(sets.train, { size: 224, batchSize: 16, shuffle: true, seed: 7, cache: "cache" });
 * for await (const { images, labels, studies } of training) {
 *   images.shape; // [16, 224, 224, 1]
 * }
 * ```
 *
 * @throws ArgumentError for an option out of its range; in the iteration, for a study without an image, when not one
 *   image of an epoch can be read, or when the cache's folder cannot be written
 */
export function imageBatches<S extends Study>(
  dataset: Dataset<S>,
  {
    workers = Math.min(availableParallelism(), mostWorkers),
    cache,
    preprocess,
    ...options
  }: ImageBatchOptions,
): BatchSource<S> {
  if (!Number.isInteger(workers) || workers < 0) {
    throw new ArgumentError("options.workers", `is ${workers}; expected a whole number of at least 0`);
  }
  if (preprocess?.key === "") {
    throw new ArgumentError("options.preprocess.key", "is empty; expected a name for the change");
  }
  if (preprocess && options.masks?.length && !preprocess.applyToMask) {
    throw new ArgumentError(
      "options.preprocess.applyToMask",
      "is absent, and batches hold masks; give the same change for a mask, or (mask) => mask where none moves",
    );
  }
  const kept = typeof cache === "string" ? imageCache(cache) : cache;
  const directory = kept && resolve(kept.directory);
  const { size } = options;
  const [height, width] = typeof size === "number" ? [size, size] : size;

  const decode = async (bytes: Uint8Array, file: string): Promise<Image> => {
    const image = await decodeImage(bytes, { file });
    return preprocess ? preprocess.apply(image) : image;
  };
  const inWorkers = workers > 0 && preprocess === undefined;
  const load = async (study: S, signal: AbortSignal): Promise<Image> => {
    const { path } = study;
    if (path === undefined) return loadPreparedImage(dataset, study, preprocess);
    const preprocessing = preprocess?.key ?? "";
    const request = { path, height, width, cache: directory, preprocessing };
    const film =
      (inWorkers ? await loadInWorker(request, workers, signal) : undefined) ??
      (await loadFilm(request, decode));
    if (film.outcome) kept?.count(film.outcome);
    return film.image;
  };
  return datasetBatches(dataset, {
    ...options,
    load,
    loadMasks: (study) => loadPreparedMasks(dataset, study, preprocess),
    ...(preprocess && { preprocessing: preprocess.key }),
    ...(inWorkers && { loadsAtOnce: Infinity }),
  });
}
