import type { layers } from "@tensorflow/tfjs-layers";
import type { StoredTensor } from "./assignWeights.js";
import { isBatchNormalization } from "./weightedLayers.js";

/** A parameter's name in PyTorch, for each kind of module, and its name here. */
const plain = { weight: "kernel", bias: "bias" };
const normalization = {
  weight: "gamma",
  bias: "beta",
  running_mean: "moving_mean",
  running_var: "moving_variance",
};

/**
 * The name and layout that a PyTorch parameter has in a layer of TensorFlow.js; undefined for a parameter that no layer
 * here has. Kernels turn from [out, in, rows, columns] to [rows, columns, in, out], depthwise ones to [rows, columns, in,
 * multiplier], those of linear layers from [out, in] to [in, out].
 *
 * @param layer what takes it; undefined when the model has none: nothing changes then
 */
export function torchWeight(
  parameter: string,
  stored: StoredTensor,
  layer: layers.Layer | undefined,
): readonly [string, StoredTensor] | undefined {
  if (layer === undefined) return [parameter, stored];
  const kind = layer.getClassName();
  const names: Readonly<Record<string, string>> = isBatchNormalization(layer) ? normalization : plain;
  const name = Object.hasOwn(names, parameter) ? names[parameter] : undefined;
  if (name !== "kernel") return name === undefined ? undefined : [name, stored];
  const kernel = channelsLast(stored);
  return kind === "DepthwiseConv2D" ? ["depthwise_kernel", perChannel(kernel, layer)] : ["kernel", kernel];
}

/** [a, b, ...places] becomes [...places, b, a], for any number of spatial axes. */
function channelsLast({ shape, values, ...rest }: StoredTensor): StoredTensor {
  if (shape.length < 2) return { shape, values, ...rest };
  const [outer, inner, ...places] = shape as [number, number, ...number[]];
  const area = places.reduce((product, extent) => product * extent, 1);
  const turned = new Float32Array(values.length);
  let from = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let place = 0; place < area; place++) turned[(place * inner + i) * outer + o] = values[from++]!;
    }
  }
  return { ...rest, shape: [...places, inner, outer], values: turned };
}

/** [rows, columns, 1, channels * multiplier] becomes [rows, columns, channels, multiplier]: the same memory. */
function perChannel(kernel: StoredTensor, layer: layers.Layer): StoredTensor {
  const multiplier = Number(layer.getConfig().depthMultiplier ?? 1);
  const [rows, columns, inner, filters] = kernel.shape;
  if (inner !== 1) return kernel;
  return { ...kernel, shape: [rows!, columns!, filters! / multiplier, multiplier] };
}
