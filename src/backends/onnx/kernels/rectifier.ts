import { Relu, Step, type StepAttrs, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { recordUnary } from "./elementwise.js";
import { writtenAgain } from "./kept.js";

type Unary = Readonly<Record<"x", TensorInfo>>;

/** Smaller activations are kept for the gradient: to compute them again saves too little. */
const smallestAgain = 100_000;

/** The largest number of float32: any positive number times it is at least 1, but for the denormal ones. */
const largest = 3.4e38;

/** Rectified values by the value that was rectified. */
const rectified = (value: Value): string => `rectified ${value.key}`;

const relu = kernel<Unary>(Relu, ({ x }, _, backend) => {
  if (x.dtype !== "float32") return recordUnary(backend, "Relu", x, (graph, a) => graph.op("Relu", [a]));
  return backend.record({
    key: "Relu",
    inputs: [x],
    shape: x.shape,
    dtype: "float32",
    inPlace: true,
    emit: (graph, [given]) => emitRelu(graph, graph.settled(given!)),
  });
});

/** max(x, 0). After a batch normalisation it can be computed again for the gradient, which needs its input only. */
function emitRelu(graph: Graph, x: Value): Value {
  return graph.once(rectified(x), () => {
    const y = new Value(graph.op("Relu", [x.name]), x.dtype, x.shape, x.order, x.stored);
    const { normalized } = x;
    if (normalized && graph.target.recompute && sizeOf(x.shape) >= smallestAgain) {
      y.again = (after) => {
        const { x, scale, shift, mean, variance, epsilon } = normalized;
        const inputs = [x, waitingFor(graph, scale, after), shift, mean, variance];
        return graph.op("Relu", [graph.op("BatchNormalization", inputs, { epsilon: { float: epsilon } })]);
      };
    }
    return y;
  });
}

/** A vector, plus a zero that is there once the value `after` is: what uses it runs after that. */
function waitingFor(graph: Graph, vector: string, after: string): string {
  const size = graph.op("Cast", [graph.op("Size", [after])], { to: 1 });
  return graph.op("Add", [vector, graph.op("Mul", [size, graph.scalar(0)])]);
}

/**
 * 1 where x > 0, `alpha` elsewhere, NaN where x is. Of a value that is rectified too, as in the gradient of that, it is
 * taken from the rectified one, which is kept anyway.
 */
const step = kernel<Unary, StepAttrs>(Step, ({ x }, { alpha = 0 }, backend) => {
  if (x.dtype !== "float32") return undefined;
  return backend.record({
    key: `Step ${alpha}`,
    inputs: [x],
    shape: x.shape,
    dtype: "float32",
    inPlace: true,
    emit(graph, [given]) {
      const value = graph.settled(given!);
      const { dtype, shape, order, stored } = value;
      const make = (name: string) => new Value(name, dtype, shape, order, stored);
      const isPositive = (name: string) =>
        graph.op("HardSigmoid", [name], { alpha: { float: largest }, beta: { float: 0 } });
      if (alpha === 0 && graph.has(rectified(value))) {
        const y = emitRelu(graph, value);
        const mask = make(isPositive(y.name));
        if (y.again) mask.again = (after) => isPositive(writtenAgain(graph, y, after).name);
        return mask;
      }
      const isGreater = graph.op("Greater", [value.name, graph.scalar(0)]);
      const mask = graph.op("Where", [isGreater, graph.scalar(1), graph.scalar(alpha)]);
      return make(graph.op("Where", [graph.op("IsNaN", [value.name]), value.name, mask]));
    },
  });
});

/** Rectifying and its gradient's mask. */
export const rectifier: readonly OnnxKernel[] = [relu, step];
