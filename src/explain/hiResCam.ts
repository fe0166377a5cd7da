import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { ActivationMap, CamOptions } from "./activationMap.js";
import { oneActivationMap } from "./activationMaps.js";

/**
 * HiResCAM (Draelos and Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks,
 * arXiv:2011.08891, 2020): the sum over channels of g A, cell by cell, where A is a layer's output and g = d score / d A.
 * The paper keeps negative values, which are in `weightedSum`; raw is its ReLU, as in pytorch-grad-cam.
 *
 * At the last layer before one linear layer, with or without pooling over all cells, `weightedSum` adds up to the logit less
 * its bias: each value is what the cell contributes. Everything else is as in {@link gradCam}, errors too.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 */
export function hiResCam(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: CamOptions,
): Promise<ActivationMap> {
  return oneActivationMap(model, images, "hiResCam", options);
}
