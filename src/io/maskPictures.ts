import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { outlineMask, overlayHeatmap, veilMask } from "../images/overlay.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { resizeImage } from "../images/resizeImage.js";
import { resizeMask } from "../images/resizeMask.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { diceCoefficient } from "../metrics/overlap.js";
import type { MaskPicture } from "../report/maskOverlayGrid.js";
import { type SegmentOptions, segment } from "../training/segment.js";
import { batchesByContract } from "./batchesByContract.js";
import { encodePng } from "./encodePng.js";
import { loadPreparedImage, loadPreparedMasks } from "./loadPrepared.js";

/** What {@link maskPictures} shows. */
export interface MaskPictureOptions extends Omit<SegmentOptions, "views"> {
  /** Rows of the pictures, in pixels; columns follow the film. Default 256. */
  readonly rows?: number;
  /** The change that the model's training images went through, where its contract names one. */
  readonly preprocess?: Preprocessing;
}

/** A map that leaves a film as it is. */
const noHeat = ndarray(new Float32Array(1), [1, 1]);

/** A picture for the report, with its study. */
export interface SegmentedPicture<S extends Study> extends MaskPicture {
  /** The study. */
  readonly study: S;
}

/**
 * A model's masks over the films of some studies, as PNG pictures, one for each mask: what is predicted as a vermillion veil,
 * the dataset's own mask, where it has one, as a light blue outline. Films are prepared, and
 * shown, as the model's contract says; masks are stretched from the model's input to the picture, and Dice is that of the masks as drawn.
 *
 * @throws ModelError when the contract does not know the normalisation or names a preprocessing other than the option's, or the model has no such segmentation head
 * @throws ArgumentError when there are masks and `preprocess` does not say how they move
 * @throws ImageError for a film or mask that cannot be read
 */
export async function maskPictures<S extends Study>(
  model: LayersModel,
  dataset: Dataset<S>,
  { rows = 256, preprocess, ...options }: MaskPictureOptions = {},
): Promise<SegmentedPicture<S>[]> {
  const source = batchesByContract(model, dataset, preprocess);
  const pictures: SegmentedPicture<S>[] = [];
  for await (const { study, masks } of segment(model, source, options)) {
    const film = await loadPreparedImage(dataset, study, preprocess);
    const truths = await loadPreparedMasks(dataset, study, preprocess);
    const [filmRows, filmColumns] = film.pixels.shape as [number, number];
    const columns = Math.max(1, Math.round((filmColumns * rows) / filmRows));
    const grey = overlayHeatmap(resizeImage(film, rows, columns), noHeat);
    for (const [name, found] of Object.entries(masks)) {
      const picture = ndarray(grey.data.slice(), grey.shape);
      const veil = resizeMask(found, rows, columns);
      veilMask(picture, veil, [213, 94, 0]);
      const drawn = truths[name];
      const truth = drawn && resizeMask(drawn, rows, columns);
      if (truth) outlineMask(picture, truth, [86, 180, 233]);
      pictures.push({
        study,
        imageId: study.imageId,
        mask: name,
        dice: truth ? diceCoefficient(truth, veil) : Number.NaN,
        png: await encodePng(picture),
      });
    }
  }
  return pictures;
}
