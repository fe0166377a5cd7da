import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { ActivationMap, CamOptions } from "./activationMap.js";
import { oneActivationMap } from "./activationMaps.js";
import type { ManyPassesOptions } from "./imageProbe.js";

/** What {@link scoreCam} explains, where, and how its passes are run. */
export interface ScoreCamOptions extends CamOptions, ManyPassesOptions {}

/**
 * Score-CAM (Wang et al., CVPR Workshops 2020, definitions 2 and 3, algorithm 1), without gradients: ReLU of the sum over channels k of
 * w_k A_k, where A is a layer's output and w the softmax over channels of the score of the image times the channel's map.
 * The paper takes the softmax of the increase over a baseline's score, which is the same: the baseline cancels. The map is
 * stretched over the image (bilinear, corner to corner) and scaled to 0 to 1, (x - min) / (max - min + 1e-8), as in
 * pytorch-grad-cam; a map that is the same everywhere hides all. What is hidden becomes 0 in the units of the normalised
 * image: with standardised images, their mean grey.
 *
 * The score is the logit, so a class of several that do not exclude each other is weighed like any other; no softmax or
 * sigmoid is taken over classes. The softmax is over channels: scores that differ by much, as those summed over a
 * segmentation's pixels do, leave the weight to the best channel alone. With `region: "predicted"` the region is the one
 * that the model predicts for the whole image.
 *
 * It takes one pass an image and channel of the layer, in batches. Everything else is as in {@link gradCam}, errors too;
 * the layer need not lead to the head.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @throws ArgumentError for a batch size that is not a positive whole number too
 */
export function scoreCam(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: ScoreCamOptions,
): Promise<ActivationMap> {
  return oneActivationMap(model, images, "scoreCam", options);
}
