import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import type { Preprocessing } from "../images/preprocessing.js";
import type { Dataset, Masks, Study } from "../labels/dataset.js";
import { loadStudyImage } from "./loadStudyImage.js";
import { loadStudyMasks } from "./loadStudyMasks.js";

/** A study's image after the preprocessing, if there is one. */
export async function loadPreparedImage<S extends Study>(
  dataset: Dataset<S>,
  study: S,
  preprocess: Preprocessing | undefined,
): Promise<Image> {
  const image = await loadStudyImage(dataset, study);
  return preprocess ? preprocess.apply(image) : image;
}

/**
 * A study's masks, moved as the preprocessing moves the image.
 *
 * @throws ArgumentError when there are masks and the preprocessing doesn't say how they move
 */
export async function loadPreparedMasks<S extends Study>(
  dataset: Dataset<S>,
  study: S,
  preprocess: Preprocessing | undefined,
): Promise<Masks> {
  const masks = await loadStudyMasks(dataset, study);
  if (!preprocess) return masks;
  const changed = Object.entries(masks).map(([name, mask]) => [name, mover(preprocess)(mask)]);
  return Object.fromEntries(changed) as Masks;
}

function mover({ applyToMask }: Preprocessing): NonNullable<Preprocessing["applyToMask"]> {
  if (applyToMask) return applyToMask;
  throw new ArgumentError(
    "options.preprocess.applyToMask",
    "is absent, and there are masks; give the same change for a mask, or (mask) => mask where none moves",
  );
}
