import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { sumOverImages, timesTransposed } from "./contraction.js";
import { kept } from "./kept.js";
import { emitPatches } from "./patches.js";
import {
  convolutionWindow,
  isRegular,
  type Window,
  type WindowAttributes,
  windowAttributes,
  windowKey,
} from "./window.js";

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

interface Attributes extends WindowAttributes {
  readonly filterShape: number[];
}

/** Gradient of a depthwise convolution by its filter. */
const filterGradient = kernel<Inputs, Attributes>(
  tf.DepthwiseConv2dNativeBackpropFilter,
  ({ x, dy }, attributes, backend) => {
    const { filterShape } = attributes;
    if (x.dtype !== "float32" || dy.dtype !== "float32") return undefined;
    const { window, outShape } = convolutionWindow(x.shape, filterShape, attributes, true);
    if (!isRegular(window) || !sameShape(dy.shape, outShape) || window.some(({ dilation }) => dilation !== 1))
      return undefined;
    return backend.record({
      key: `DepthwiseConv2dNativeBackpropFilter ${windowKey(window)}`,
      inputs: [x, dy],
      shape: filterShape,
      dtype: "float32",
      emit(graph, [image, gradient]) {
        const planes = graph.named(kept(graph, image!, gradient!), "planes");
        const result = emit(graph, planes, graph.named(gradient!, "planes"), window, [
          x.shape[0]!,
          ...filterShape,
        ]);
        return new Value(result, "float32", filterShape);
      },
    });
  },
);

/** Of each image and channel, the patches times the gradients; then the sum over images. */
function emit(graph: Graph, x: string, dy: string, window: Window, sizes: readonly number[]): string {
  const [batch, height, width, channels, multiplier] = sizes as [number, number, number, number, number];
  const taps = height * width;
  const pixels = window[0].places * window[1].places;
  const patches = emitPatches(graph, { name: x, channels }, windowAttributes(window));
  const product = timesTransposed(
    graph,
    graph.reshape(patches.name, [batch * channels, taps, pixels]),
    graph.reshape(dy, [batch * channels, multiplier, pixels]),
    3,
  );
  const sum = graph.reshape(sumOverImages(graph, product, batch, channels * taps * multiplier), [
    channels,
    taps,
    multiplier,
  ]);
  return graph.reshape(graph.op("Transpose", [sum], { perm: [1, 0, 2] }), [
    height,
    width,
    channels,
    multiplier,
  ]);
}

/** Gradients of depthwise convolutions by their filters. */
export const depthwiseFilterGradients: readonly OnnxKernel[] = [filterGradient];
