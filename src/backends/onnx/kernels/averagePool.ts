import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { type Shape, sameShape } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { planesOf } from "./convolution.js";
import type { PoolingAttributes } from "./maxPool.js";
import {
  hasEmptyPlace,
  isPointwise,
  isRegular,
  poolingWindow,
  transposedAttributes,
  type Window,
  windowAttributes,
  windowKey,
} from "./window.js";

const averagePool = kernel<{ readonly x: TensorInfo }, PoolingAttributes>(
  tf.AvgPool,
  ({ x }, attributes, backend) => {
    if (x.dtype !== "float32") return undefined;
    const { window, outShape } = poolingWindow(x.shape, attributes);
    if (!isRegular(window) || hasEmptyPlace(window)) return undefined;
    if (isPointwise(window)) return backend.alias(x, x.shape);
    return backend.record({
      key: `AvgPool ${windowKey(window)}`,
      inputs: [x],
      shape: outShape,
      dtype: "float32",
      emit(graph, [given]) {
        // ONNX has dilations since version 19 only; TensorFlow.js has none.
        const { dilations: _, ...attributes } = windowAttributes(window);
        return planesOf(graph.op("AveragePool", [graph.named(given!, "planes")], attributes), outShape);
      },
    });
  },
);

interface GradientInputs {
  readonly dy: TensorInfo;
  readonly input: TensorInfo;
}

/** As in TensorFlow.js, a place at the border counts its padding in the gradient, though not forward. */
const averagePoolGradient = kernel<GradientInputs, PoolingAttributes>(
  tf.AvgPoolGrad,
  ({ dy, input }, attributes, backend) => {
    if (dy.dtype !== "float32") return undefined;
    const { window, outShape } = poolingWindow(input.shape, attributes);
    if (!isRegular(window) || !sameShape(outShape, dy.shape)) return undefined;
    const { shape } = input;
    return backend.record({
      key: `AvgPoolGrad ${windowKey(window)}`,
      inputs: [dy],
      shape,
      dtype: "float32",
      emit(graph, [gradient]) {
        const planes = graph.named(gradient!, "planes");
        return planesOf(
          isTiling(window) ? spread(graph, planes, window) : overlapped(graph, planes, window, shape),
          shape,
        );
      },
    });
  },
);

/** Whether each element of the image is in exactly one place. */
const isTiling = (window: Window): boolean =>
  window.every(({ filter, stride, before, after }) => filter === stride && before === 0 && after === 0);

const share = (window: Window): number => 1 / (window[0].filter * window[1].filter);

/** Each result's gradient over its place. */
function spread(graph: Graph, planes: string, window: Window): string {
  return emitRepeat(
    graph,
    graph.op("Mul", [planes, graph.scalar(share(window))]),
    window[0].filter,
    window[1].filter,
  );
}

/** Planes with each row and column repeated. */
export function emitRepeat(graph: Graph, planes: string, rows: number, columns: number): string {
  const scales = graph.constant("float32", [4], [1, 1, rows, columns]);
  return graph.op("Resize", [planes, "", scales], {
    mode: "nearest",
    nearest_mode: "floor",
    coordinate_transformation_mode: "asymmetric",
  });
}

function overlapped(graph: Graph, planes: string, window: Window, shape: Shape): string {
  const channels = shape[3]!;
  const [rows, columns] = [window[0].filter, window[1].filter];
  const filter = graph.keyedConstant(
    `share ${rows},${columns},${channels}`,
    "float32",
    [channels, 1, rows, columns],
    () => new Float32Array(channels * rows * columns).fill(share(window)),
  );
  return graph.op("ConvTranspose", [planes, filter], { ...transposedAttributes(window), group: channels });
}

/** Pooling by the mean. */
export const averagePools: readonly OnnxKernel[] = [averagePool, averagePoolGradient];
