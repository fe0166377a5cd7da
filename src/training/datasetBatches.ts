import ndarray from "ndarray";
import type { PlannedSample, SamplingPlan } from "../balance/samplingPlan.js";
import { ArgumentError, isRadiolucentError } from "../errors.js";
import type { Image, Mask } from "../image.js";
import type { BorderOptions } from "../images/augment.js";
import { type AugmentationOptions, drawAugmentation } from "../images/augmentation.js";
import type { InputFormat } from "../images/inputFormat.js";
import type { Normalization } from "../images/normalization.js";
import { writeNormalized } from "../images/standardize.js";
import type { Dataset, Masks, Study } from "../labels/dataset.js";
import { selectRows } from "../labels/labelMatrix.js";
import { rowMajor } from "../matrix.js";
import { type RandomStream, randomStream } from "../random.js";
import type { Batch, BatchSource, SkippedImage } from "./batch.js";
import { batchSample, checkMasks, type SampleSource } from "./batchSample.js";
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
  /** Of the order and of the augmentation; default 0. */
  readonly seed?: number;
  /**
   * Which studies an epoch is made of and in which order, in place of `shuffle`: made of the dataset's labels by
   * `oversampleRare`, `balancedBatches` or `repeatHardest`.
   */
  readonly plan?: SamplingPlan;
  /**
   * Random changes of the images, and of their masks alike, after resizing: of the samples that the plan marks for it, or
   * of all samples without a plan. What a sample becomes depends on `seed`, the epoch and the image alone. Not on
   * validation or test sets.
   */
  readonly augmentation?: AugmentationOptions & BorderOptions;
  /** Masks that batches hold as well, by the names in the dataset's `maskNames`. */
  readonly masks?: readonly string[];
  /** How many batches are prepared ahead of the one in use. Default 2; 0 prepares each when it is asked for. */
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
  /** Key of a change that `load` makes to the images; see `Preprocessing`. */
  readonly preprocessing?: string;
  /**
   * Gives a study's image; by default the dataset's `loadImage`. The signal is aborted when the iteration ends, and the
   * image is then no longer wanted.
   */
  readonly load?: (study: S, signal: AbortSignal) => Image | Promise<Image>;
  /** Gives a study's masks; by default the dataset's `loadMasks`. */
  readonly loadMasks?: (study: S) => Masks | Promise<Masks>;
  /** How many images are loaded at the same time. Default 4: enough for a decoder with four threads, as Node has. */
  readonly loadsAtOnce?: number;
}

/**
 * Batches of a dataset's images, resized and normalised: a source for {@link fit} and {@link predict}.
 *
 * Each epoch is cut into the same slices of its order, whatever can be read, so epoch `i` of two sources with equal
 * seeds has equal batches. A batch of which nothing can be read is left out. At most `prefetch` batches are held besides
 * the one in use, and `loadsAtOnce` images are loaded at once. An iteration that ends early starts no further loads.
 *
 * @throws ArgumentError for an option out of its range, or when neither `load` nor the dataset gives images; in the
 *   iteration, when not one image of an epoch can be read
 */
export function datasetBatches<S extends Study>(
  dataset: Dataset<S>,
  options: DatasetBatchesOptions<S>,
): BatchSource<S> {
  const {
    batchSize = 8,
    shuffle = false,
    seed = 0,
    prefetch = 2,
    brokenImages = "stop",
    onSkip,
    loadsAtOnce = 4,
    plan,
    augmentation,
    masks = [],
  } = options;
  const format = formatOf(options);
  checkWhole("batchSize", batchSize, 1);
  checkWhole("prefetch", prefetch, 0);
  if (loadsAtOnce !== Infinity) checkWhole("loadsAtOnce", loadsAtOnce, 1);
  const load = options.load ?? dataset.loadImage?.bind(dataset);
  if (load === undefined) {
    throw new ArgumentError("options.load", "is absent, and the dataset has no loadImage; give one of them");
  }
  const loadMasks = options.loadMasks ?? dataset.loadMasks?.bind(dataset);
  checkMasks(masks, dataset.maskNames, loadMasks !== undefined);
  if (augmentation) drawAugmentation(augmentation, randomStream(seed));
  const { studies } = dataset;
  const sets = Object.entries(dataset.labelSets ?? {});
  if (plan && shuffle) {
    throw new ArgumentError(
      "options.shuffle",
      "stands beside a plan, which orders the epochs itself; leave it out",
    );
  }
  if (plan && plan.samples !== studies.length) {
    throw new ArgumentError(
      "options.plan",
      `was made for ${plan.samples} samples and the dataset has ${studies.length}; make it of this dataset's labels`,
    );
  }
  if (plan?.batchSize && batchSize % plan.batchSize !== 0) {
    throw new ArgumentError(
      "options.batchSize",
      `is ${batchSize} and the plan's batches are of ${plan.batchSize}; expected as many, or a multiple`,
    );
  }

  const source: SampleSource<S> = {
    load,
    ...(loadMasks && { loadMasks }),
    format,
    masks,
    ...(augmentation && { augmentation }),
  };
  const size = plan?.size ?? studies.length;
  const skipped = new Map<S, SkippedImage>();

  const samplesOf = (epoch: number): readonly PlannedSample[] => {
    if (plan) return plan.epoch(epoch);
    const order = Array.from({ length: size }, (_, i) => i);
    if (shuffle) randomStream(seed).fork(epoch).shuffle(order);
    return order.map((index) => ({ index, augment: augmentation !== undefined }));
  };

  const loadSample = async (study: S, random: RandomStream | undefined, signal: AbortSignal) => {
    try {
      return await batchSample(source, study, random, signal);
    } catch (error) {
      if (brokenImages === "skip" && isRadiolucentError(error, "image")) return error;
      throw error;
    }
  };

  const prepare = async (planned: readonly Drawn[], limit: Limit, signal: AbortSignal) => {
    const wanted = planned.filter(({ index }) => !skipped.has(studies[index]!));
    const samples = await Promise.all(
      wanted.map(({ index, random }) => limit(() => loadSample(studies[index]!, random, signal))),
    );
    const kept: number[] = [];
    const broken = new Map<S, Error>();
    const { height, width, channels } = format;
    const values = new Float32Array(wanted.length * height * width * channels);
    const inside = new Float32Array(wanted.length * height * width * masks.length).fill(Number.NaN);
    samples.forEach((sample, at) => {
      const { index } = wanted[at]!;
      if (sample instanceof Error) broken.set(studies[index]!, sample);
      else {
        const place = kept.push(index) - 1;
        writeNormalized(sample.image, format.normalization, values, place, channels);
        writeMasks(sample.masks, inside, place);
      }
    });
    const shaped = (array: Float32Array, depth: number) =>
      ndarray(array.subarray(0, kept.length * height * width * depth), [kept.length, height, width, depth]);
    const batch: Batch<S> = {
      images: shaped(values, channels),
      labels: selectRows(dataset.labels, kept),
      ...(dataset.targets && { targets: selectRows(dataset.targets, kept) }),
      ...(sets.length > 0 && {
        labelSets: Object.fromEntries(sets.map(([name, set]) => [name, selectRows(set, kept)])),
      }),
      ...(masks.length > 0 && { masks: shaped(inside, masks.length), maskNames: masks }),
      studies: kept.map((i) => studies[i]!),
    };
    return { batch, broken };
  };

  async function* epoch(index: number, signal?: AbortSignal): AsyncGenerator<Batch<S>> {
    signal?.throwIfAborted();
    const planned = drawn(samplesOf(index), studies, randomStream(seed).fork("augmentation").fork(index));
    const stop = new AbortController();
    const limit = limitConcurrency(loadsAtOnce, stop.signal);
    const ahead: ReturnType<typeof prepare>[] = [];
    let next = 0;
    let given = 0;
    try {
      while (true) {
        for (; ahead.length <= prefetch && next < planned.length; next += batchSize) {
          const prepared = prepare(planned.slice(next, next + batchSize), limit, stop.signal);
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
    if (given === 0 && planned.length > 0) {
      const first = skipped.values().next().value;
      throw new ArgumentError(
        "dataset",
        `not one of its ${planned.length} images can be read; the first: ${first?.error.message}`,
      );
    }
  }

  return {
    classes: dataset.labels.classes,
    ...(sets.length > 0 && {
      labelSets: Object.fromEntries(sets.map(([name, { classes }]) => [name, classes])),
    }),
    ...(masks.length > 0 && { maskNames: masks }),
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

/** A place of an epoch, and what decides its augmentation. */
interface Drawn {
  readonly index: number;
  readonly random: RandomStream | undefined;
}

/** Gives each sample that is augmented a stream of its own, and each copy of an image another. */
function drawn(
  samples: readonly PlannedSample[],
  studies: readonly Study[],
  random: RandomStream,
): readonly Drawn[] {
  const seen = new Map<string, number>();
  return samples.map(({ index, augment }) => {
    if (!augment) return { index, random: undefined };
    const { imageId } = studies[index]!;
    const copy = seen.get(imageId) ?? 0;
    seen.set(imageId, copy + 1);
    return { index, random: random.fork(imageId).fork(copy) };
  });
}

/** Writes the masks of a sample into a batch of shape [batch, height, width, masks]; where there is none, it stays. */
function writeMasks(masks: readonly (Mask | undefined)[], batch: Float32Array, place: number): void {
  masks.forEach((mask, m) => {
    if (mask === undefined) return;
    const values = rowMajor(mask);
    const start = place * values.length * masks.length + m;
    for (let i = 0; i < values.length; i++) batch[start + i * masks.length] = values[i]!;
  });
}

function formatOf<S extends Study>({
  size,
  channels = 1,
  normalization = { method: "per-image" },
  preprocessing,
}: DatasetBatchesOptions<S>): InputFormat {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  checkWhole("size", height, 1);
  checkWhole("size", width, 1);
  if (channels !== 1 && channels !== 3) {
    throw new ArgumentError("options.channels", `is ${channels}; expected 1 or 3`);
  }
  return { height, width, channels, normalization, ...(preprocessing && { preprocessing }) };
}

function checkWhole(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`options.${option}`, `is ${value}; expected a whole number of at least ${least}`);
  }
}
