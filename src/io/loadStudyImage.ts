import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { decodeImage } from "./decodeImage.js";

/**
 * A study's film at its own size: from the file of its `path`, else through the dataset's `loadImage`.
 *
 * @throws ArgumentError when the study has no path and the dataset no `loadImage`
 * @throws ImageError for a file that cannot be decoded
 */
export async function loadStudyImage<S extends Study>(
  dataset: Pick<Dataset<S>, "loadImage">,
  study: S,
): Promise<Image> {
  if (study.path !== undefined) return decodeImage(study.path);
  if (dataset.loadImage) return dataset.loadImage(study);
  throw new ArgumentError(
    "dataset",
    `study "${study.imageId}" has no path; read the dataset with its images`,
  );
}
