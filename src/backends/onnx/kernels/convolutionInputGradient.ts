import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { type Shape, sameShape, type Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { emitBlockedBackward, takesBlocksBack } from "./blockedConvolution.js";
import { emitConvolution, planesOf } from "./convolution.js";
import { depthwiseBackward, depthwiseForward, filterBackward, filterForward } from "./convolutionFilter.js";
import {
  convolutionWindow,
  isPointwise,
  isRegular,
  transposedAttributes,
  type Window,
  type WindowAttributes,
  windowKey,
} from "./window.js";

interface Inputs {
  readonly dy: TensorInfo;
  readonly filter: TensorInfo;
}

interface Attributes extends WindowAttributes {
  readonly inputShape: number[];
  readonly dataFormat?: string;
}

/** Gradient of a convolution by its input, which is the transposed convolution too. */
const inputGradient = (name: string, depthwise: boolean): OnnxKernel =>
  kernel<Inputs, Attributes>(name, ({ dy, filter }, attributes, backend) => {
    const { inputShape, dataFormat = "NHWC" } = attributes;
    if (dataFormat !== "NHWC" || dy.dtype !== "float32" || filter.dtype !== "float32") return undefined;
    const { window, outShape } = convolutionWindow(inputShape, filter.shape, attributes, depthwise);
    if (!isRegular(window) || !sameShape(dy.shape, outShape) || window.some(({ dilation }) => dilation !== 1))
      return undefined;
    return backend.record({
      key: `${name} ${windowKey(window)}`,
      inputs: [dy, filter],
      shape: inputShape,
      dtype: "float32",
      emit: (graph, [gradient, weights]) =>
        planesOf(
          emit(graph, graph.named(gradient!, "planes"), weights!, window, depthwise ? inputShape[3]! : 1),
          inputShape,
        ),
    });
  });

function emit(graph: Graph, planes: string, filter: Value, window: Window, groups: number): string {
  const group = groups > 1 ? { group: groups } : {};
  const isDepthwise = groups > 1;
  const pads = backwardPads(window);
  if (window.every(({ stride }) => stride === 1) && pads.every((pad) => pad >= 0)) {
    const [rows, columns] = window;
    const [, , ins, outs] = filter.shape as [number, number, number, number];
    if (!isDepthwise && isPointwise(window) && !graph.target.optimized && !graph.target.portable) {
      const pixels = graph.op("Reshape", [planes, graph.ints([0, 0, -1])]);
      const product = graph.op("MatMul", [graph.reshape(graph.named(filter), [ins, outs]), pixels]);
      return graph.op("Reshape", [product, graph.ints([0, 0, rows.length, columns.length])]);
    }
    if (!isDepthwise && takesBlocksBack(graph, filter.shape, rows.places * columns.places)) {
      return emitBlockedBackward(graph, planes, filter, { pads });
    }
    const backward = isDepthwise ? depthwiseBackward(graph, filter) : filterBackward(graph, filter);
    return emitConvolution(graph, planes, backward, { ...kernelShape(filter.shape), pads, ...group });
  }
  const forward = isDepthwise ? depthwiseForward(graph, filter) : filterForward(graph, filter);
  return graph.op("ConvTranspose", [planes, forward], { ...transposedAttributes(window), ...group });
}

const kernelShape = ([height, width]: Shape) => ({ kernel_shape: [height!, width!] });

/** Padding of the convolution that leads back. */
const backwardPads = (window: Window): number[] => [
  ...window.map(({ filter, before }) => filter - 1 - before),
  ...window.map(({ filter, after }) => filter - 1 - after),
];

/** Gradients of convolutions by their inputs. */
export const convolutionInputGradients: readonly OnnxKernel[] = [
  inputGradient(tf.Conv2DBackpropInput, false),
  inputGradient(tf.DepthwiseConv2dNativeBackpropInput, true),
];
