import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { ActivationMap, CamOptions } from "./activationMap.js";
import { oneActivationMap } from "./activationMaps.js";

/**
 * Grad-CAM++ (Chattopadhay et al., WACV 2018, equations 5, 7 and 19): ReLU of the sum over channels k of w_k A_k, where
 * w_k is the sum over cells of alpha max(g, 0), A is a layer's output, g = d score / d A and
 * alpha = g^2 / (2 g^2 + g^3 (sum of A_k over its cells) + 1e-6). The paper differentiates exp(score); its derivatives
 * are powers of g times exp(score), which cancels in alpha, and as a factor of w_k it is left out, being the same in a
 * whole map. The 1e-6 is pytorch-grad-cam's; where |g| is below 0.001 it makes alpha small.
 *
 * It says more of several places that show the same finding than Grad-CAM does. Negative evidence has no part in the
 * weights. Everything else is as in {@link gradCam}, errors too.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 */
export function gradCamPlusPlus(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: CamOptions,
): Promise<ActivationMap> {
  return oneActivationMap(model, images, "gradCamPlusPlus", options);
}
