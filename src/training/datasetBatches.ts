import ndarray from "ndarray";
import { ArgumentError, isRadiolucentError } from "../errors.js";
import type { Image } from "../image.js";
import type { InputFormat } from "../images/inputFormat.js";
import type { Normalization } from "../images/normalization.js";
import { resizeImage } from "../images/resizeImage.js";
import { normalize } from "../images/standardize.js";
import { writeChannels } from "../images/writeChannels.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { selectRows } from "../labels/labelMatrix.js";
import { randomStream } from "../random.js";
import type { Batch, BatchSource, SkippedImage } from "./batch.js";
import { type Limit, limitConcurrency } from "./limitConcurrency.js";
import { unlessAborted } from "./unlessAborted.js";

/** How batches are made. */
export interface BatchOptions {
  /** Most studies in a batch; the last of an epoch, and one that held a broken image, have fewer. Default 8. */
  readonly batchSize?: number;
  /** Rows and columns of the input, in pixels: one number for a square, or [height, width]. */
  readonly size: number | readonly [height: number, width: number];
  /** 1 (default), or 3 with the grey value repeated. */
  readonly channels?: 1 | 3;
  /** How pixels become input values, after resizing. Default `{ method: "per-image" }`. */
  readonly normalization?: Normalization;
  /** Whether each epoch has an order of its own, drawn from `seed`. Default false: the dataset's order. */
  readonly shuffle?: boolean;
  /** Of the order; default 0. */
  readonly seed?: number;
  /** How many batches are prepared ahead of the one in use. Default 1; 0 prepares each when it is asked for. */
  readonly prefetch?: number;
  /**
   * What an ImageError does: "stop" (default) ends the iteration with it when its batch is due, "skip" leaves the study
   * out, in this epoch and all later ones. Any other error ends the iteration.
   */
  readonly brokenImages?: "skip" | "stop";
  /** Called for each skipped study, once, when its batch is due. */
  readonly onSkip?: (skipped: SkippedImage) => void;
}

/** Batches of a dataset and where its images come from. */
export interface DatasetBatchesOptions<S extends Study> extends BatchOptions {
  /** Gives a study's image; by default the dataset's `loadImage`. */
  readonly load?: (study: S) => Image | Promise<Image>;
}

/** Images that are loaded at the same time: enough for a decoder with four threads, as Node has by default. */
const loadsAtOnce = 4;

/**
 * Batches of a dataset's images, resized and normalised: a source for {@link fit} and {@link predict}.
 *
 * Each epoch is cut into the same slices of its order, whatever can be read, so epoch `i` of two sources with equal
 * seeds has equal batches. A batch of which nothing can be read is left out. At most `prefetch` batches are held besides
 * the one in use, and four images are loaded at once. An iteration that ends early starts no further loads.
 *
 * @throws ArgumentError for an option out of its range, or when neither `load` nor the dataset gives images; in the
 *   iteration, when not one image of an epoch can be read
 */
export function datasetBatches<S extends Study>(
  dataset: Dataset<S>,
  options: DatasetBatchesOptions<S>,
): BatchSource<S> {
  const { batchSize = 8, shuffle = false, seed = 0, prefetch = 1, brokenImages = "stop", onSkip } = options;
  const format = formatOf(options);
  checkWhole("batchSize", batchSize, 1);
  checkWhole("prefetch", prefetch, 0);
  const load = options.load ?? dataset.loadImage?.bind(dataset);
  if (load === undefined) {
    throw new ArgumentError("options.load", "is absent, and the dataset has no loadImage; give one of them");
  }

  const size = dataset.studies.length;
  const skipped = new Map<S, SkippedImage>();

  const orderOf = (epoch: number): number[] => {
    const order = Array.from({ length: size }, (_, i) => i);
    return shuffle ? randomStream(seed).fork(epoch).shuffle(order) : order;
  };

  const loadInput = async (study: S) => {
    try {
      const image = resizeImage(await load(study), format.height, format.width);
      return normalize(image, format.normalization);
    } catch (error) {
      if (brokenImages === "skip" && isRadiolucentError(error, "image")) return error;
      throw error;
    }
  };

  const prepare = async (indices: readonly number[], limit: Limit) => {
    const wanted = indices.filter((i) => !skipped.has(dataset.studies[i]!));
    const inputs = await Promise.all(wanted.map((i) => limit(() => loadInput(dataset.studies[i]!))));
    const kept: number[] = [];
    const broken = new Map<S, Error>();
    const area = format.height * format.width * format.channels;
    const values = new Float32Array(wanted.length * area);
    inputs.forEach((input, at) => {
      const index = wanted[at]!;
      if (input instanceof Error) broken.set(dataset.studies[index]!, input);
      else writeChannels(input, values, kept.push(index) - 1, format.channels);
    });
    const shape = [kept.length, format.height, format.width, format.channels];
    const batch: Batch<S> = {
      images: ndarray(values.subarray(0, kept.length * area), shape),
      labels: selectRows(dataset.labels, kept),
      studies: kept.map((i) => dataset.studies[i]!),
    };
    return { batch, broken };
  };

  async function* epoch(index: number, signal?: AbortSignal): AsyncGenerator<Batch<S>> {
    signal?.throwIfAborted();
    const order = orderOf(index);
    const stop = new AbortController();
    const limit = limitConcurrency(loadsAtOnce, stop.signal);
    const ahead: ReturnType<typeof prepare>[] = [];
    let next = 0;
    let given = 0;
    try {
      while (true) {
        for (; ahead.length <= prefetch && next < size; next += batchSize) {
          const prepared = prepare(order.slice(next, next + batchSize), limit);
          prepared.catch(() => {});
          ahead.push(prepared);
        }
        const due = ahead.shift();
        if (due === undefined) break;
        const { batch, broken } = await unlessAborted(due, signal);
        for (const [study, error] of broken) {
          if (skipped.has(study)) continue;
          const skip = { imageId: study.imageId, error };
          skipped.set(study, skip);
          onSkip?.(skip);
        }
        given += batch.studies.length;
        if (batch.studies.length > 0) yield batch;
        signal?.throwIfAborted();
      }
    } finally {
      stop.abort();
    }
    if (given === 0 && size > 0) {
      const first = skipped.values().next().value;
      throw new ArgumentError(
        "dataset",
        `not one of its ${size} images can be read; the first: ${first?.error.message}`,
      );
    }
  }

  return {
    classes: dataset.labels.classes,
    format,
    size,
    batchSize,
    get skipped() {
      return [...skipped.values()];
    },
    epoch: (index, { signal } = {}) => epoch(index, signal),
    [Symbol.asyncIterator]: () => epoch(0),
  };
}

function formatOf({
  size,
  channels = 1,
  normalization = { method: "per-image" },
}: BatchOptions): InputFormat {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  checkWhole("size", height, 1);
  checkWhole("size", width, 1);
  if (channels !== 1 && channels !== 3) {
    throw new ArgumentError("options.channels", `is ${channels}; expected 1 or 3`);
  }
  return { height, width, channels, normalization };
}

function checkWhole(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`options.${option}`, `is ${value}; expected a whole number of at least ${least}`);
  }
}
