import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { inOrder, type Shape, sameShape, sizeOf } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { planesOf } from "./convolution.js";
import { kept } from "./kept.js";
import { emitMaxSpread } from "./maxSpread.js";
import {
  hasEmptyPlace,
  isPointwise,
  isRegular,
  poolingWindow,
  type Window,
  type WindowAttributes,
  windowAttributes,
  windowKey,
} from "./window.js";

export interface PoolingAttributes extends WindowAttributes {
  readonly filterSize: number | [number, number];
}

/**
 * The largest element of each place. Beyond finite numbers it differs from TensorFlow.js's CPU kernel, which takes NaN for
 * nothing at all: NaN beside others gives NaN or the largest of the others, depending on where in a vector of the processor
 * it comes to lie; a place of nothing but -Infinity gives the smallest finite number.
 */
const maxPool = kernel<{ readonly x: TensorInfo }, PoolingAttributes>(
  tf.MaxPool,
  ({ x }, attributes, backend) => {
    if (x.dtype !== "float32") return undefined;
    const { window, outShape } = poolingWindow(x.shape, attributes);
    if (!isRegular(window) || hasEmptyPlace(window)) return undefined;
    if (isPointwise(window)) return backend.alias(x, x.shape);
    return backend.record({
      key: `MaxPool ${windowKey(window)}`,
      inputs: [x],
      shape: outShape,
      dtype: "float32",
      emit: (graph, [given]) =>
        planesOf(graph.op("MaxPool", [graph.named(given!, "planes")], windowAttributes(window)), outShape),
    });
  },
);

interface GradientInputs {
  readonly dy: TensorInfo;
  readonly input: TensorInfo;
}

/** Of each place, the gradient goes to the first largest element. */
const maxPoolGradient = kernel<GradientInputs, PoolingAttributes>(
  tf.MaxPoolGrad,
  ({ dy, input }, attributes, backend) => {
    if (dy.dtype !== "float32" || input.dtype !== "float32") return undefined;
    const { window, outShape } = poolingWindow(input.shape, attributes);
    if (!isRegular(window) || hasEmptyPlace(window) || !sameShape(outShape, dy.shape)) return undefined;
    const { shape } = input;
    return backend.record({
      key: `MaxPoolGrad ${windowKey(window)}`,
      inputs: [dy, input],
      shape,
      dtype: "float32",
      emit(graph, [gradient, image]) {
        const planes = graph.named(kept(graph, image!, gradient!), "planes");
        const dy = graph.named(gradient!, "planes");
        if (graph.target.accelerated) return planesOf(emitMaxSpread(graph, planes, dy, shape, window), shape);
        const [, places] = graph.ops("MaxPool", [planes], 2, windowAttributes(window));
        const spread = window.every(({ filter, stride }) => filter <= stride) ? unpool : scatter;
        return planesOf(spread(graph, dy, places!, inOrder(shape, "planes"), window), shape);
      },
    });
  },
);

/** Writes elements to their places, of which none is given twice. */
function unpool(graph: Graph, planes: string, places: string, shape: Shape, window: Window): string {
  const { dilations: _, ...attributes } = windowAttributes(window);
  return graph.op("MaxUnpool", [planes, places, graph.ints(shape)], attributes);
}

/** Adds elements up at their places, which count through all of the image. */
function scatter(graph: Graph, planes: string, places: string, shape: Shape): string {
  const zeros = graph.op("Expand", [graph.scalar(0), graph.ints([sizeOf(shape)])]);
  const updates = [graph.reshape(places, [-1]), graph.reshape(planes, [-1])];
  return graph.reshape(
    graph.op("ScatterElements", [zeros, ...updates], { axis: 0, reduction: "add" }),
    shape,
  );
}

/** Pooling by the largest element. */
export const maxPools: readonly OnnxKernel[] = [maxPool, maxPoolGradient];
