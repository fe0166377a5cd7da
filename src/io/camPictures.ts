import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { CamMethod, CamOptions } from "../explain/activationMap.js";
import { activationMaps } from "../explain/activationMaps.js";
import type { MapPeak } from "../explain/mapPeak.js";
import { outlineMask, overlayHeatmap } from "../images/overlay.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { resizeImage } from "../images/resizeImage.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { checkPositiveIntegers } from "../models/checkOptions.js";
import type { CamPicture } from "../report/reportInput.js";
import { predict } from "../training/predict.js";
import { batchesByContract } from "./batchesByContract.js";
import { encodePng } from "./encodePng.js";
import { loadPreparedImage } from "./loadPrepared.js";

const names: Readonly<Record<CamMethod, string>> = {
  gradCam: "Grad-CAM",
  gradCamPlusPlus: "Grad-CAM++",
  hiResCam: "HiResCAM",
  layerCam: "LayerCAM",
  xGradCam: "XGrad-CAM",
  scoreCam: "Score-CAM",
  eigenCam: "Eigen-CAM",
};

/** What {@link camPictures} explains and how it is drawn. */
export interface CamPictureOptions<S extends Study> extends Pick<CamOptions, "head" | "layer"> {
  /** The class to explain. */
  readonly finding: string;
  /** How the map is made; "gradCam" by default. */
  readonly method?: CamMethod;
  /** Rows of the pictures, in pixels; columns follow the film. Default 256. */
  readonly rows?: number;
  /** The change that the model's training images went through, where its contract names one. */
  readonly preprocess?: Preprocessing;
  /**
   * Where the finding truly is, drawn as an outline: shape [rows, columns] of the picture, 0 outside. Undefined where
   * nobody knows.
   */
  readonly truth?: (study: S) => NdArray<Uint8Array> | undefined;
  /** Ends the work with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A picture for the report, with the map's peak. */
export interface ExplainedStudy<S extends Study> extends CamPicture {
  /** The study. */
  readonly study: S;
  /** The model's input pixel under the map's peak; undefined where the map is 0 everywhere. */
  readonly peak: MapPeak | undefined;
}

/**
 * Grad-CAM of one finding, or another map of its family, over the films of some studies, as PNG pictures. Films are
 * prepared, and shown, as the model's contract says. Each map is scaled to its own maximum, so brightness compares places within a
 * picture, not pictures.
 *
 * @throws ArgumentError for rows below 1, an unknown method, or a map that is not a number somewhere
 * @throws ModelError when the contract does not know the finding, the head or the normalisation, it names a preprocessing other
 *   than the option's, several heads and none was named, or the layer is not spatial
 * @throws ImageError for a film that cannot be read
 */
export async function camPictures<S extends Study>(
  model: LayersModel,
  dataset: Dataset<S>,
  { finding, head, layer, method = "gradCam", rows = 256, preprocess, truth, signal }: CamPictureOptions<S>,
): Promise<ExplainedStudy<S>[]> {
  checkPositiveIntegers("rows", [rows]);
  const source = batchesByContract(model, dataset, preprocess);
  const pictures: ExplainedStudy<S>[] = [];
  for await (const batch of source.epoch(0, { ...(signal && { signal }) })) {
    const { classes, labels, probabilities } = await predict(model, [batch], { ...(head && { head }) });
    const [cam] = await activationMaps(model, batch.images, {
      targets: [{ target: finding, ...(head && { head }) }],
      ...(layer !== undefined && { layers: [layer] }),
      methods: [method],
      ...(signal && { signal }),
    });
    const column = classes.indexOf(finding);
    for (const [i, study] of batch.studies.entries()) {
      const film = await loadPreparedImage(dataset, study, preprocess);
      const [filmRows, filmColumns] = film.pixels.shape as [number, number];
      const columns = Math.max(1, Math.round((filmColumns * rows) / filmRows));
      const picture = overlayHeatmap(resizeImage(film, rows, columns), cam!.normalized.pick(i, null, null));
      const mask = truth?.(study);
      if (mask) outlineMask(picture, mask, [0, 220, 255]);
      pictures.push({
        study,
        imageId: study.imageId,
        finding,
        probability: probabilities.get(i, column),
        label: labels.values.get(i, column),
        png: await encodePng(picture),
        peak: cam!.peaks[i],
        method: names[method],
        ...(mask && { note: "outlined: the finding itself" }),
      });
    }
  }
  return pictures;
}
