import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { ActivationMap, CamOptions } from "./activationMap.js";
import { oneActivationMap } from "./activationMaps.js";

/**
 * XGrad-CAM (Fu et al., Axiom-based Grad-CAM, BMVC 2020, the closed form of the weights): ReLU of the sum over channels k of w_k A_k, where w_k
 * is the mean of g = d score / d A_k over its cells, weighted by A_k: sum(g A_k) / (sum(A_k) + 1e-7), A being a layer's
 * output. The 1e-7 is pytorch-grad-cam's. Meant for layers whose output is not negative (after a ReLU): elsewhere sum(A_k)
 * can be near 0 and the map huge. Everything else is as in {@link gradCam}, errors too.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 */
export function xGradCam(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: CamOptions,
): Promise<ActivationMap> {
  return oneActivationMap(model, images, "xGradCam", options);
}
