import { ArgumentError, type ImageError, isRadiolucentError } from "../errors.js";
import type { Image } from "../image.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { unlessAborted } from "../training/unlessAborted.js";
import { loadStudyImage } from "./loadStudyImage.js";

/** How all images of a dataset are gone through. */
export interface MeasureOptions {
  /** How many images are held at the same time; default 4. */
  readonly concurrency?: number;
  /** Called after each image, the broken ones too. */
  readonly onProgress?: (progress: MeasureProgress) => void;
  /** Ends the work with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How far the work is. */
export interface MeasureProgress {
  /** Images done. */
  readonly done: number;
  /** Images in all. */
  readonly total: number;
}

/**
 * Loads each study's image and measures it. An image is let go once it is measured.
 *
 * @returns what `measure` gave for each study, in the order of the studies, or the ImageError where the image is broken
 * @throws ArgumentError for a `concurrency` that is not a whole number above 0, or a study without an image
 */
export async function measureImages<S extends Study, Measure>(
  dataset: Pick<Dataset<S>, "studies" | "loadImage">,
  measure: (image: Image, study: S) => Measure,
  { concurrency = 4, onProgress, signal }: MeasureOptions,
): Promise<(Measure | ImageError)[]> {
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new ArgumentError("options.concurrency", `is ${concurrency}; expected a whole number above 0`);
  }
  const { studies } = dataset;
  const results = new Array<Measure | ImageError>(studies.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < studies.length) {
      signal?.throwIfAborted();
      const index = next++;
      const study = studies[index]!;
      try {
        results[index] = measure(await loadStudyImage(dataset, study), study);
      } catch (error) {
        if (!isRadiolucentError(error, "image")) throw error;
        results[index] = error;
      }
      onProgress?.({ done: ++done, total: studies.length });
    }
  };
  signal?.throwIfAborted();
  const workers = Array.from({ length: concurrency }, () =>
    work().catch((error: unknown) => {
      next = studies.length;
      throw error;
    }),
  );
  await unlessAborted(Promise.all(workers), signal);
  return results;
}
