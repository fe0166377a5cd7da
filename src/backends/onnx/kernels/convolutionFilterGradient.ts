import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { type Shape, sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { emitContraction } from "./contraction.js";
import { kept } from "./kept.js";
import { emitPatches } from "./patches.js";
import {
  convolutionWindow,
  isPointwise,
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
  readonly dataFormat?: string;
}

/** What the gradient is made of. */
interface Operands {
  /** Name of the image in planes. */
  readonly x: string;
  /** Name of the gradient of the result in planes. */
  readonly dy: string;
  /** Images. */
  readonly batch: number;
  readonly window: Window;
  /** [height, width, in, out] */
  readonly filterShape: Shape;
}

/** Gradient of a convolution by its filter. */
const filterGradient = kernel<Inputs, Attributes>(
  tf.Conv2DBackpropFilter,
  ({ x, dy }, attributes, backend) => {
    const { filterShape, dataFormat = "NHWC" } = attributes;
    if (dataFormat !== "NHWC" || x.dtype !== "float32" || dy.dtype !== "float32") return undefined;
    const { window, outShape } = convolutionWindow(x.shape, filterShape, attributes);
    if (!isRegular(window) || !sameShape(dy.shape, outShape) || window.some(({ dilation }) => dilation !== 1))
      return undefined;
    return backend.record({
      key: `Conv2DBackpropFilter ${windowKey(window)}`,
      inputs: [x, dy],
      shape: filterShape,
      dtype: "float32",
      emit(graph, [image, gradient]) {
        const operands: Operands = {
          x: graph.named(kept(graph, image!, gradient!), "planes"),
          dy: graph.named(gradient!, "planes"),
          batch: x.shape[0]!,
          window,
          filterShape,
        };
        return new Value(graph.reshape(emit(graph, operands), filterShape), "float32", filterShape);
      },
    });
  },
);

function emit(graph: Graph, operands: Operands): string {
  const { window, filterShape } = operands;
  const [height, width, ins, outs] = filterShape as [number, number, number, number];
  if (isPointwise(window)) return pointwise(graph, operands);
  if (ins <= fewChannels && height * width >= manyTaps) return byConvolution(graph, operands);
  const canSpread = window.every(
    ({ stride, filter, before, after }) => stride === 1 && before < filter && after < filter,
  );
  const [rows, columns] = window;
  const area = rows.places * columns.places;
  if (canSpread && outs < ins && rows.length * columns.length <= 1.1 * area)
    return byGradientPatches(graph, operands);
  return byImagePatches(graph, operands);
}

/** A filter of one element: the product of image and gradient. */
function pointwise(graph: Graph, { x, dy, batch, window: [rows, columns], filterShape }: Operands): string {
  const [, , ins, outs] = filterShape as [number, number, number, number];
  const pixels = rows.length * columns.length;
  return emitContraction(graph, { name: x, channels: ins }, { name: dy, channels: outs }, batch, pixels);
}

const fewChannels = 4;
const manyTaps = 25;

/** A convolution of the image with the gradient as its filter, in which batch and channels change roles. */
function byConvolution(graph: Graph, { x, dy, window, filterShape }: Operands): string {
  const [image, filter] = [x, dy].map((name) => graph.op("Transpose", [name], { perm: [1, 0, 2, 3] }));
  const result = graph.op("Conv", [image!, filter!], {
    kernel_shape: window.map(({ places }) => places),
    dilations: window.map(({ stride }) => stride),
    pads: [...window.map(({ before }) => before), ...window.map(({ after }) => Math.max(after, 0))],
  });
  // Rows and columns of the image that no place covers give more than the filter has.
  const [height, width] = filterShape as [number, number];
  const isWhole = window.every(({ after }) => after >= 0);
  const taken = isWhole
    ? result
    : graph.op("Slice", [result, graph.ints([0, 0]), graph.ints([height, width]), graph.ints([2, 3])]);
  return graph.op("Transpose", [taken], { perm: [2, 3, 0, 1] });
}

/** The image's patches times the gradient. */
function byImagePatches(graph: Graph, { x, dy, batch, window, filterShape }: Operands): string {
  const [height, width, ins, outs] = filterShape as [number, number, number, number];
  const taps = height * width;
  const patches = emitPatches(graph, x, ins, windowAttributes(window));
  const pixels = window[0].places * window[1].places;
  const product = emitContraction(
    graph,
    { name: patches, channels: ins * taps },
    { name: dy, channels: outs },
    batch,
    pixels,
  );
  return graph.op("Transpose", [graph.reshape(product, [ins, taps, outs])], { perm: [1, 0, 2] });
}

/** The image times the gradient's patches, where those are fewer: the gradient has fewer channels. */
function byGradientPatches(graph: Graph, { x, dy, batch, window, filterShape }: Operands): string {
  const [height, width, ins, outs] = filterShape as [number, number, number, number];
  const taps = height * width;
  const patches = emitPatches(
    graph,
    dy,
    outs,
    {
      kernel_shape: [height, width],
      pads: [
        ...window.map(({ filter, before }) => filter - 1 - before),
        ...window.map(({ filter, after }) => filter - 1 - after),
      ],
    },
    true,
  );
  const pixels = window[0].length * window[1].length;
  const product = emitContraction(
    graph,
    { name: patches, channels: outs * taps },
    { name: x, channels: ins },
    batch,
    pixels,
  );
  return graph.op("Transpose", [graph.reshape(product, [outs, taps, ins])], { perm: [1, 2, 0] });
}

/** Gradients of convolutions by their filters. */
export const convolutionFilterGradients: readonly OnnxKernel[] = [filterGradient];
