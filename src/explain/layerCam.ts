import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { ActivationMap, CamOptions } from "./activationMap.js";
import { oneActivationMap } from "./activationMaps.js";

/**
 * LayerCAM (Jiang et al., LayerCAM: Exploring hierarchical class activation maps for localization, IEEE Transactions on
 * Image Processing 30, 2021, the section on the method): ReLU of the sum over channels of max(g, 0) A, cell by cell, where A is a layer's
 * output and g = d score / d A. Made for early layers too, whose maps are finer. Everything else is as in {@link gradCam},
 * errors too.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 */
export function layerCam(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: CamOptions,
): Promise<ActivationMap> {
  return oneActivationMap(model, images, "layerCam", options);
}
