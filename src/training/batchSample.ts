import { ArgumentError } from "../errors.js";
import type { Image, Mask } from "../image.js";
import { augment, type BorderOptions } from "../images/augment.js";
import type { AugmentationOptions } from "../images/augmentation.js";
import type { InputFormat } from "../images/inputFormat.js";
import { resizeImage } from "../images/resizeImage.js";
import { resizeMask } from "../images/resizeMask.js";
import type { Masks, Study } from "../labels/dataset.js";
import type { RandomStream } from "../random.js";

/** What a sample of a batch is made of. */
export interface SampleSource<S extends Study> {
  /** Gives a study's image. */
  readonly load: (study: S, signal: AbortSignal) => Image | Promise<Image>;
  /** Gives a study's masks by name. */
  readonly loadMasks?: (study: S) => Masks | Promise<Masks>;
  /** What the image is made to be. */
  readonly format: InputFormat;
  /** Names of the masks that are wanted. */
  readonly masks: readonly string[];
  /** How far augmentation goes. */
  readonly augmentation?: AugmentationOptions & BorderOptions;
}

/** A study, ready for a batch. */
export interface BatchSample {
  /** At the format's size; to be normalised. */
  readonly image: Image;
  /** One for each mask that is wanted, of the same shape; undefined where the study has none of that name. */
  readonly masks: readonly (Mask | undefined)[];
}

/**
 * Loads a study's image and masks, brings them to size (masks by the nearest pixel) and augments both alike.
 *
 * @param random decides the augmentation; without it, none is done
 */
export async function batchSample<S extends Study>(
  { load, loadMasks, format, masks: names, augmentation }: SampleSource<S>,
  study: S,
  random: RandomStream | undefined,
  signal: AbortSignal,
): Promise<BatchSample> {
  const { height, width } = format;
  const [loaded, found] = await Promise.all([
    load(study, signal),
    names.length > 0 ? loadMasks!(study) : ({} as Masks),
  ]);
  const { pixels } = loaded;
  const ready =
    pixels.data instanceof Float32Array && pixels.shape[0] === height && pixels.shape[1] === width;
  const image = ready ? loaded : resizeImage(loaded, height, width);
  const masks = names.map((name) => {
    const mask = Object.hasOwn(found, name) ? found[name] : undefined;
    return mask && resizeMask(mask, height, width);
  });
  if (random === undefined || augmentation === undefined) {
    return { image, masks };
  }
  const there = masks.filter((mask) => mask !== undefined);
  const augmented = augment({ image, masks: there }, augmentation, random);
  const changed = new Map(there.map((mask, m) => [mask, augmented.masks[m]!]));
  return {
    image: augmented.image,
    masks: masks.map((mask) => mask && changed.get(mask)),
  };
}

/** @throws ArgumentError for a mask that the dataset has not, or when there is nothing to load masks with */
export function checkMasks(masks: readonly string[], known: readonly string[] = [], canLoad: boolean): void {
  const stranger = masks.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new ArgumentError(
      "options.masks",
      `"${stranger}" is no mask of the dataset; it has ${known.length > 0 ? known.join(", ") : "none"}`,
    );
  }
  if (masks.length > 0 && !canLoad) {
    throw new ArgumentError(
      "options.loadMasks",
      "is absent, and the dataset has no loadMasks; give one of them",
    );
  }
}
