import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Mask } from "../image.js";
import { readPixels } from "../images/readPixels.js";
import type { Dataset, Masks, Study } from "../labels/dataset.js";
import { decodeImage } from "./decodeImage.js";

/**
 * A study's masks by name, at their own size: from the files of its `maskPaths`, the union of several, else through the
 * dataset's `loadMasks`. In a file, pixels of at least half of the range are inside.
 *
 * @returns an empty object for a study without masks
 * @throws ImageError for a file that cannot be decoded
 * @throws ArgumentError when the files of one mask differ in size
 */
export async function loadStudyMasks<S extends Study>(
  dataset: Pick<Dataset<S>, "loadMasks">,
  study: S,
): Promise<Masks> {
  if (study.maskPaths === undefined) return dataset.loadMasks?.(study) ?? {};
  const masks = new Map<string, Mask>();
  for (const [name, paths] of Object.entries(study.maskPaths)) {
    for (const path of paths) {
      const { values, height, width, low, span } = readPixels(await decodeImage(path));
      const mask = masks.get(name) ?? ndarray(new Uint8Array(height * width), [height, width]);
      masks.set(name, mask);
      const { shape, data } = mask;
      if (shape[0] !== height || shape[1] !== width) {
        throw new ArgumentError(
          "study",
          `the files of mask "${name}" of "${study.imageId}" differ in size: [${shape}] and [${height}, ${width}] ("${path}")`,
        );
      }
      for (let i = 0; i < values.length; i++) if ((values[i]! - low) / span >= 0.5) data[i] = 1;
    }
  }
  return Object.fromEntries(masks);
}
