import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import { type Graph, microsoft } from "../graph/graph.js";
import { type Shape, sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { emitActivation, hasActivation } from "./activation.js";
import { emitBlockedConvolution, takesBlocks } from "./blockedConvolution.js";
import { depthwiseForward, filterForward } from "./convolutionFilter.js";
import { emitSum } from "./sum.js";
import {
  convolutionWindow,
  isPointwise,
  isRegular,
  type Window,
  type WindowAttributes,
  windowAttributes,
  windowKey,
} from "./window.js";

interface ConvolutionInputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

interface ConvolutionAttributes extends WindowAttributes {
  readonly dataFormat?: string;
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

/** What is done in the same pass over the result. */
interface Epilogue {
  /** Name of a vector [out] to add. */
  readonly bias?: string;
  /** Whether negative results become 0. */
  readonly relu?: boolean;
}

/** Writes a convolution of planes [batch, in, height, width] with a filter. */
export function emitConvolution(
  graph: Graph,
  planes: string,
  filter: string,
  attributes: Readonly<Record<string, number | readonly number[]>>,
  { bias, relu = false }: Epilogue = {},
): string {
  const inputs = bias === undefined ? [planes, filter] : [planes, filter, bias];
  if (relu && !graph.target.portable) {
    return graph.op("FusedConv", inputs, { ...attributes, activation: "Relu" }, microsoft);
  }
  const result = graph.op("Conv", inputs, attributes);
  return relu ? graph.op("Relu", [result]) : result;
}

/** Writes a convolution in the form that is fastest for its filter. */
function emitForward(
  graph: Graph,
  planes: string,
  filter: Value,
  window: Window,
  epilogue: Epilogue,
): string {
  const [rows, columns] = window;
  const [, , ins, outs] = filter.shape as [number, number, number, number];
  const isPlain = epilogue.bias === undefined && !epilogue.relu;
  if (isPointwise(window) && isPlain && !graph.target.optimized && !graph.target.portable) {
    // A product with the filter as it lies, which a convolution would want transposed.
    const pixels = graph.op("Reshape", [planes, graph.ints([0, 0, -1])]);
    const product = graph.op(
      "FusedMatMul",
      [graph.reshape(graph.named(filter), [ins, outs]), pixels],
      { transA: 1 },
      microsoft,
    );
    return graph.op("Reshape", [product, graph.ints([0, 0, rows.places, columns.places])]);
  }
  if (takesBlocks(graph, filter.shape)) {
    return emitBlockedConvolution(graph, planes, filter, windowAttributes(window), epilogue);
  }
  return emitConvolution(graph, planes, filterForward(graph, filter), windowAttributes(window), epilogue);
}

/** Records a convolution with what follows it. */
function recordConvolution(
  name: string,
  { x, filter, bias, preluActivationWeights }: ConvolutionInputs,
  attributes: ConvolutionAttributes,
  backend: OnnxBackend,
  depthwise: boolean,
): TensorInfo | undefined {
  const { dataFormat = "NHWC", activation, leakyreluAlpha } = attributes;
  const slopes = activation === "prelu" ? preluActivationWeights : undefined;
  const inputs = [x, filter, ...(bias ? [bias] : []), ...(slopes ? [slopes] : [])];
  if (dataFormat !== "NHWC" || inputs.some(({ dtype }) => dtype !== "float32") || !hasActivation(activation))
    return undefined;
  const { window, outShape } = convolutionWindow(x.shape, filter.shape, attributes, depthwise);
  if (!isRegular(window)) return undefined;
  const groups = depthwise ? x.shape[3]! : 1;
  const biasAsVector = bias !== undefined && sameShape(bias.shape, [outShape[3]!]);
  return backend.record({
    key: [name, windowKey(window), activation ?? "linear", leakyreluAlpha, Boolean(bias)].join(" "),
    inputs,
    shape: outShape,
    dtype: "float32",
    emit(graph, [image, weights, ...rest]) {
      const added = bias && rest[0]!;
      const relu = activation === "relu" && (biasAsVector || !added);
      const planes = graph.named(image!, "planes");
      const epilogue = { relu, ...(added && biasAsVector && { bias: graph.named(added) }) };
      const result = depthwise
        ? emitConvolution(
            graph,
            planes,
            depthwiseForward(graph, weights!),
            groupedAttributes(window, groups),
            epilogue,
          )
        : emitForward(graph, planes, weights!, window, epilogue);
      let value = planesOf(result, outShape);
      if (added && !biasAsVector) value = emitSum(graph, value, added, outShape);
      return relu ? value : emitActivation(graph, value, activation, rest[bias ? 1 : 0], leakyreluAlpha);
    },
  });
}

/** A result with its channels second. */
export const planesOf = (name: string, shape: Shape): Value => new Value(name, "float32", shape, "planes");

/** ONNX's attributes of a window whose filter takes the channels in groups. */
export const groupedAttributes = (window: Window, groups: number) => ({
  ...windowAttributes(window),
  ...(groups > 1 && { group: groups }),
});

const convolution = (name: string, depthwise: boolean): OnnxKernel =>
  kernel<ConvolutionInputs, ConvolutionAttributes>(name, (inputs, attributes, backend) =>
    recordConvolution(name, inputs, attributes, backend, depthwise),
  );

/** Convolutions of images. */
export const convolutions: readonly OnnxKernel[] = [
  convolution(tf.Conv2D, false),
  convolution(tf.FusedConv2D, false),
  convolution(tf.DepthwiseConv2dNative, true),
  convolution(tf.FusedDepthwiseConv2D, true),
];
