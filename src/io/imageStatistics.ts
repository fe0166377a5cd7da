import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { type PixelStatistics, pixelStatistics } from "../images/pixelStatistics.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { selectStudies } from "../labels/selectStudies.js";
import { randomStream } from "../random.js";
import type { BatchSource } from "../training/batch.js";
import { type ImageBatchOptions, imageBatches } from "./imageBatches.js";

/** What {@link imageStatistics} measures. */
export interface ImageStatisticsOptions
  extends Pick<ImageBatchOptions, "size" | "brokenImages" | "workers" | "cache" | "preprocess"> {
  /** How many images, at most; default 100. */
  readonly sample?: number;
  /** Of the choice; default 0. */
  readonly seed?: number;
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Mean and standard deviation of the unit pixels of some images, drawn without replacement and resized as for batches:
 * what `normalization: { method: "statistics", ... }` takes. Give it the training studies only. A few images at a time
 * are held.
 *
 * @returns `images` tells how many were read; mean and deviation are NaN for an empty dataset
 * @throws ArgumentError for an option out of its range, a study without an image, or when none can be read
 * @throws ImageError for an image that cannot be read, unless `brokenImages` is "skip"
 */
export async function imageStatistics(
  dataset: Dataset<Study>,
  { sample = 100, seed = 0, signal, ...options }: ImageStatisticsOptions,
): Promise<PixelStatistics> {
  if (!Number.isInteger(sample) || sample < 1) {
    throw new ArgumentError("options.sample", `is ${sample}; expected a whole number of at least 1`);
  }
  const order = randomStream(seed).shuffle(Array.from(dataset.studies.keys()));
  const chosen = selectStudies(dataset, order.slice(0, sample));
  return pixelStatistics(
    unitImages(imageBatches(chosen, { ...options, normalization: { method: "unit" } }), signal),
  );
}

async function* unitImages(source: BatchSource, signal: AbortSignal | undefined): AsyncGenerator<Image> {
  for await (const { images } of source.epoch(0, { ...(signal && { signal }) })) {
    for (let i = 0; i < images.shape[0]!; i++) yield { pixels: images.pick(i, null, null, 0), range: [0, 1] };
  }
}
