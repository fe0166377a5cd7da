import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { ActivationMap, CamOptions } from "./activationMap.js";
import { oneActivationMap } from "./activationMaps.js";

/** What {@link gradCam} explains, and where in the network. */
export type GradCamOptions = CamOptions;

/** What {@link gradCam} gives. */
export type GradCam = ActivationMap;

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017, equations 1 and 2): ReLU of the sum over channels k of alpha_k A_k, where A is
 * a layer's output and alpha_k the mean over its cells of d score / d A_k. Works on any model whose layers run once,
 * with branches, concatenations and nested models, on the logits and in inference mode; dropout is off and batch
 * normalisation uses its moving statistics. Images are explained independently of each other. For the score of a
 * segmentation see {@link TargetOptions} (Seg-Grad-CAM).
 *
 * To lay a map over a film, `overlayHeatmap(image, cam.normalized.pick(0))` stretches it as `resizeImage` does. Where the
 * network's own numbers are NaN, so is the map, and it has no peak. The forward pass keeps what one of a training step
 * keeps, so memory grows with the batch. For several targets or layers in one pass see {@link activationMaps}.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @throws ArgumentError for no images, images of another shape than the model's input, or a region that does not fit
 * @throws ModelError for an unknown class, head or layer, a class name on a model without contract, a layer without a
 *   spatial output or off the way to the head, a model with several inputs
 */
export function gradCam(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: GradCamOptions,
): Promise<GradCam> {
  return oneActivationMap(model, images, "gradCam", options);
}
