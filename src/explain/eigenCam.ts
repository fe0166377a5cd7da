import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { ActivationMap, CamOptions } from "./activationMap.js";
import { oneActivationMap } from "./activationMaps.js";

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
