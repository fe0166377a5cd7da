import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { sameShape, sizeOf } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { planesOf } from "./convolution.js";
import { kept } from "./kept.js";
import {
  hasEmptyPlace,
  isPointwise,
  isRegular,
  poolingWindow,
  type WindowAttributes,
  windowAttributes,
  windowKey,
} from "./window.js";

export interface PoolingAttributes extends WindowAttributes {
  readonly filterSize: number | [number, number];
}

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
        const [, indices] = graph.ops("MaxPool", [planes], 2, windowAttributes(window));
        const zeros = graph.op("Expand", [graph.scalar(0), graph.ints([sizeOf(shape)])]);
        const flat = [graph.reshape(indices!, [-1]), graph.reshape(graph.named(gradient!, "planes"), [-1])];
        const scattered = graph.op("ScatterElements", [zeros, ...flat], { axis: 0, reduction: "add" });
        const [batch, height, width, channels] = shape as [number, number, number, number];
        return planesOf(graph.reshape(scattered, [batch, channels, height, width]), shape);
      },
    });
  },
);

/** Pooling by the largest element. */
export const maxPools: readonly OnnxKernel[] = [maxPool, maxPoolGradient];
