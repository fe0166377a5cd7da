import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { ActivationMap, CamMethod, CamOptions } from "./activationMap.js";
import { activationMaps } from "./activationMaps.js";
import type { ManyPassesOptions } from "./imageProbe.js";

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

/**
 * LayerCAM (Jiang et al., LayerCAM: Exploring hierarchical class activation maps for localization, IEEE Transactions on
 * Image Processing 30, 2021, the section on the method): ReLU of the sum over channels of max(g, 0) A, cell by cell, where
 * A is a layer's output and g = d score / d A. Made for early layers too, whose maps are finer. Everything else is as in
 * {@link gradCam}, errors too.
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

/**
 * XGrad-CAM (Fu et al., Axiom-based Grad-CAM, BMVC 2020, the closed form of the weights): ReLU of the sum over channels k
 * of w_k A_k, where w_k is the mean of g = d score / d A_k over its cells, weighted by A_k: sum(g A_k) / (sum(A_k) + 1e-7),
 * A being a layer's output. The 1e-7 is pytorch-grad-cam's. Meant for layers whose output is not negative (after a ReLU):
 * elsewhere sum(A_k) can be near 0 and the map huge. Everything else is as in {@link gradCam}, errors too.
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

/** What {@link scoreCam} explains, where, and how its passes are run. */
export interface ScoreCamOptions extends CamOptions, ManyPassesOptions {}

/**
 * Score-CAM (Wang et al., CVPR Workshops 2020, definitions 2 and 3, algorithm 1), without gradients: ReLU of the sum over
 * channels k of w_k A_k, where A is a layer's output and w the softmax over channels of the score of the image times the
 * channel's map. The paper takes the softmax of the increase over a baseline's score, which is the same: the baseline
 * cancels. The map is stretched over the image (bilinear, corner to corner) and scaled to 0 to 1,
 * (x - min) / (max - min + 1e-8), as in pytorch-grad-cam; a map that is the same everywhere hides all. What is hidden
 * becomes 0 in the units of the normalised image: with standardised images, their mean grey.
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

/** Where in the network {@link eigenCam} looks; a target is not needed, and tells only what the map is named after. */
export type EigenCamOptions = Omit<CamOptions, "target"> & Partial<Pick<CamOptions, "target">>;

/**
 * Eigen-CAM (Muhammad and Yeasin, IJCNN 2020): a layer's output, projected cell by cell on its first principal component,
 * and the ReLU of that. It is the same map whatever the class, and asks nothing of the layers after: it shows what stands
 * out to the layer.
 *
 * The component is that of the cells of each image, each channel less its mean over them, as in pytorch-grad-cam; the
 * paper leaves the mean in. Its sign, which is arbitrary, is such that the map's covariance with the mean over the
 * channels is not negative: positive where the layer is active. Where two components are equally strong, either may be
 * taken. An output that is the same in all cells gives a map of zeros. Everything else is as in {@link gradCam}, errors
 * too; the layer need not lead to the head, which tells only the default layer.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 */
export async function eigenCam(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: EigenCamOptions = {},
): Promise<ActivationMap> {
  const { target } = options;
  return {
    ...(await oneActivationMap(model, images, "eigenCam", { ...options, target: target ?? 0 })),
    target,
  };
}

/** One target, layer and method. */
async function oneActivationMap(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  method: CamMethod,
  options: CamOptions & ManyPassesOptions,
): Promise<ActivationMap> {
  const { layer, ...rest } = options;
  const layers = layer === undefined ? {} : { layers: [layer] };
  const [map] = await activationMaps(model, images, {
    ...rest,
    ...layers,
    targets: [options],
    methods: [method],
  });
  return map!;
}
