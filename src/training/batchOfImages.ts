import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { ModelError } from "../errors.js";
import type { Image } from "../image.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { resizeImage } from "../images/resizeImage.js";
import { writeNormalized } from "../images/standardize.js";
import type { Study } from "../labels/dataset.js";
import { type LabelMatrix, labelMatrix } from "../labels/labelMatrix.js";
import { contractOf } from "../models/contract.js";
import type { Batch } from "./batch.js";
import { assertFormat } from "./contractCheck.js";
import { isSegmentation } from "./heads.js";

/** What {@link batchOfImages} is told beside the images. */
export interface BatchOfImagesOptions {
  /** What each is called in errors and in the studies' `imageId` and `patientId`; by default "image 1" and so on. */
  readonly names?: readonly string[];
  /** The change that the model's training images went through, where its contract names one. */
  readonly preprocess?: Preprocessing;
}

/**
 * A batch of images that come without a dataset, such as films that someone dropped on a web page: resized and normalised
 * as the model's contract says, with the numbers that {@link datasetBatches} gives, and all labels unknown (NaN).
 *
 * ```ts
 * const batch = batchOfImages(model, [film]);
 * const { classes, probabilities } = await predict(model, [batch]);
 * const cam = await gradCam(model, batch.images, { target: "Effusion" });
 * ```
 *
 * @param images each of its own size and range
 * @throws ModelError when the contract does not say how images are normalised, or names a preprocessing other than
 *   `options.preprocess`
 * @throws ArgumentError for an image without pixels, or whose range is empty
 */
export function batchOfImages(
  model: LayersModel,
  images: readonly Image[],
  { names = [], preprocess }: BatchOfImagesOptions = {},
): Batch {
  const { input, heads } = contractOf(model);
  const { height, width, channels, normalization } = input;
  if (normalization === undefined) {
    throw new ModelError(
      "input.normalization",
      "the model's contract does not say how its images are normalised, as it was not trained here; say it with " +
        "setContract(model, { ...contractOf(model), input: { ...contractOf(model).input, normalization } })",
    );
  }
  const given = {
    height,
    width,
    channels,
    normalization,
    ...(preprocess && { preprocessing: preprocess.key }),
  };
  assertFormat(input, given, "options.preprocess");
  const values = new Float32Array(images.length * height * width * channels);
  images.forEach((image, i) => {
    const film = preprocess ? preprocess.apply(image) : image;
    writeNormalized(resizeImage(film, height, width), normalization, values, i, channels);
  });
  const unknown = (classes: readonly string[]): LabelMatrix =>
    labelMatrix(
      classes,
      images.map(() => classes.map(() => Number.NaN)),
    );
  const classifying = heads.filter((head) => !isSegmentation(head));
  return {
    images: ndarray(values, [images.length, height, width, channels]),
    labels: unknown(classifying[0]?.classes ?? []),
    ...(classifying.length > 1 && {
      labelSets: Object.fromEntries(classifying.map(({ name, classes }) => [name, unknown(classes)])),
    }),
    studies: images.map((_, i): Study => {
      const name = names[i] ?? `image ${i + 1}`;
      return { imageId: name, patientId: name };
    }),
  };
}
