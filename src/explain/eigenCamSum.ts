import type { Tensor4D } from "@tensorflow/tfjs-core";
import ndarray, { type NdArray } from "ndarray";
import { principalComponent } from "./principalComponent.js";

/** The first principal component of a layer's output, each image by itself: [batch, mapHeight, mapWidth]. */
export async function eigenCamSum(activation: Tensor4D): Promise<NdArray<Float32Array>> {
  const [batch, height, width, channels] = activation.shape;
  const values = (await activation.data()) as Float32Array;
  const cells = height * width;
  const sum = new Float32Array(batch * cells);
  for (let i = 0; i < batch; i++) {
    const one = values.subarray(i * cells * channels, (i + 1) * cells * channels);
    sum.set(principalComponent(one, cells, channels), i * cells);
  }
  return ndarray(sum, [batch, height, width]);
}
