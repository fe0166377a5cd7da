import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { emitContraction, type Planes } from "./contraction.js";
import { kept } from "./kept.js";
import { emitPatches } from "./patches.js";
import { emitTapProducts } from "./tapProducts.js";
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
  readonly dataFormat?: string;
}

/** What the gradient is made of. */
interface Operands {
  /** The image. */
  readonly x: Planes;
  /** The gradient of the result. */
  readonly dy: Planes;
  /** Number of images. */
  readonly batch: number;
  readonly window: Window;
}

/** Gradient of a convolution by its filter. */
const filterGradient = kernel<Inputs, Attributes>(
  tf.Conv2DBackpropFilter,
  ({ x, dy }, attributes, backend) => {
    const { filterShape, dataFormat = "NHWC" } = attributes;
    if (dataFormat !== "NHWC" || x.dtype !== "float32" || dy.dtype !== "float32") return undefined;
    const { window, outShape } = convolutionWindow(x.shape, filterShape, { ...attributes, dilations: 1 });
    if (!isRegular(window) || !sameShape(dy.shape, outShape)) return undefined;
    return backend.record({
      key: `Conv2DBackpropFilter ${windowKey(window)}`,
      inputs: [x, dy],
      shape: filterShape,
      dtype: "float32",
      emit(graph, [image, gradient]) {
        const result = emit(graph, {
          x: { name: graph.named(kept(graph, image!, gradient!), "planes"), channels: filterShape[2]! },
          dy: { name: graph.named(gradient!, "planes"), channels: filterShape[3]! },
          batch: x.shape[0]!,
          window,
        });
        return new Value(graph.reshape(result, filterShape), "float32", filterShape);
      },
    });
  },
);

/** With fewer channels than this a product for each of the filter's elements is too narrow to be fast. */
const fewestForTaps = 12;

/** Patches of fewer bytes than this take less time than the operations that avoid them. */
const smallPatches = 2 ** 22;

/** A filter of at most so many channels and at least so many elements has next to no part in patches that is not waste. */
const fewChannels = 4;
const manyTaps = 25;

/** Writes the elements of [height, width, in, out], by the way that is fastest for the sizes. */
function emit(graph: Graph, operands: Operands): string {
  const { x, dy, batch, window } = operands;
  const taps = window[0].filter * window[1].filter;
  if (taps === 1 && window.every(({ before, after }) => before === 0 && after <= 0))
    return byPixels(graph, operands);
  if (x.channels <= fewChannels && taps >= manyTaps) return byConvolution(graph, operands);
  const isDense = window.every(({ stride }) => stride === 1);
  const narrower = Math.min(x.channels, dy.channels);
  const patchBytes = batch * narrower * taps * window[0].places * window[1].places * 4;
  if (isDense && narrower >= fewestForTaps && patchBytes >= smallPatches) {
    return emitTapProducts(graph, x, dy, batch, window);
  }
  const canTurn = window.every(({ filter, before, after }) => before < filter && after < filter);
  return isDense && canTurn && dy.channels < x.channels
    ? byGradientPatches(graph, operands)
    : byImagePatches(graph, operands);
}

/** A filter of one element: the product of what it meets of the image and the gradient. */
function byPixels(graph: Graph, { x, dy, batch, window }: Operands): string {
  const [rows, columns] = window;
  const isWhole = window.every(({ length, places }) => length === places);
  const ends = window.map(({ places, stride }) => (places - 1) * stride + 1);
  const steps = window.map(({ stride }) => stride);
  const [starts, axes] = [graph.ints([0, 0]), graph.ints([2, 3])];
  const met = isWhole
    ? x.name
    : graph.op("Slice", [x.name, starts, graph.ints(ends), axes, graph.ints(steps)]);
  return emitContraction(graph, { ...x, name: met }, dy, batch, rows.places * columns.places);
}

/** A convolution of the image with the gradient as its filter, in which batch and channels change roles. */
function byConvolution(graph: Graph, { x, dy, window }: Operands): string {
  const [image, filter] = [x, dy].map(({ name }) => graph.op("Transpose", [name], { perm: [1, 0, 2, 3] }));
  const result = graph.op("Conv", [image!, filter!], {
    kernel_shape: window.map(({ places }) => places),
    dilations: window.map(({ stride }) => stride),
    pads: [...window.map(({ before }) => before), ...window.map(({ after }) => Math.max(after, 0))],
  });
  // Where the image's end is not reached there are more results than the filter has elements.
  const sizes = window.map(({ filter }) => filter);
  const isWhole = window.every(({ after }) => after >= 0);
  const taken = isWhole
    ? result
    : graph.op("Slice", [result, graph.ints([0, 0]), graph.ints(sizes), graph.ints([2, 3])]);
  return graph.op("Transpose", [taken], { perm: [2, 3, 0, 1] });
}

/** The image's patches times the gradient. */
function byImagePatches(graph: Graph, { x, dy, batch, window }: Operands): string {
  const taps = window[0].filter * window[1].filter;
  const patches = emitPatches(graph, x, windowAttributes(window));
  const product = emitContraction(graph, patches, dy, batch, window[0].places * window[1].places);
  return graph.op("Transpose", [graph.reshape(product, [x.channels, taps, dy.channels])], {
    perm: [1, 0, 2],
  });
}

/** The image times the gradient's patches, which are fewer where the gradient has fewer channels. */
function byGradientPatches(graph: Graph, { x, dy, batch, window }: Operands): string {
  const taps = window[0].filter * window[1].filter;
  const attributes = {
    kernel_shape: window.map(({ filter }) => filter),
    pads: [
      ...window.map(({ filter, before }) => filter - 1 - before),
      ...window.map(({ filter, after }) => filter - 1 - after),
    ],
  };
  const patches = emitPatches(graph, dy, attributes, "reverse");
  const product = emitContraction(graph, patches, x, batch, window[0].length * window[1].length);
  return graph.op("Transpose", [graph.reshape(product, [dy.channels, taps, x.channels])], {
    perm: [1, 2, 0],
  });
}

/** Gradients of convolutions by their filters. */
export const convolutionFilterGradients: readonly OnnxKernel[] = [filterGradient];
