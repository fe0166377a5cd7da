import { Add, AddN, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { type Remainder, type Shape, sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { broadcastShape } from "./elementwise.js";

/**
 * A sum of two values, in which zeros vanish, and what remains to be added to them remains to be added to the sum: for
 * remainders of the same value the vectors are added and not the images.
 */
export function emitSum(graph: Graph, a: Value, b: Value, shape: Shape): Value {
  if (a.fill === 0 && sameShape(b.shape, shape)) return b;
  if (b.fill === 0 && sameShape(a.shape, shape)) return a;
  const remainder = jointRemainder(graph, a, b);
  if (remainder) {
    const names = [a, b].map((value) => (value.remainder ? value.name : graph.named(value, "planes")));
    const sum = new Value(graph.op("Add", names), a.dtype, shape, "planes");
    sum.remainder = remainder;
    return sum;
  }
  const { names, order, stored } = graph.broadcast([a, b], shape);
  return new Value(graph.op("Add", names), a.dtype, shape, order, stored);
}

/** What remains to be added to both; undefined where nothing does or it does not go together. */
function jointRemainder(graph: Graph, a: Value, b: Value): Remainder | undefined {
  if (!sameShape(a.shape, b.shape)) return undefined;
  if (!a.remainder || !b.remainder) return a.remainder ?? b.remainder;
  if (a.remainder.of.key !== b.remainder.of.key) return undefined;
  return {
    of: a.remainder.of,
    scale: graph.op("Add", [a.remainder.scale, b.remainder.scale]),
    shift: graph.op("Add", [a.remainder.shift, b.remainder.shift]),
  };
}

const add = kernel<Readonly<Record<"a" | "b", TensorInfo>>>(Add, ({ a, b }, _, backend) => {
  if (a.dtype !== b.dtype || a.dtype === "bool") return undefined;
  const shape = broadcastShape(a.shape, b.shape);
  return backend.record({
    key: "Add",
    inputs: [a, b],
    shape,
    dtype: a.dtype as OnnxType,
    inPlace: true,
    emit: (graph, [x, y]) => emitSum(graph, x!, y!, shape),
  });
});

const addAll = kernel<Readonly<Record<string, TensorInfo>>>(AddN, (given, _, backend) => {
  const inputs = Object.values(given);
  const { shape, dtype } = inputs[0]!;
  if (dtype === "bool" || inputs.some((input) => input.dtype !== dtype)) return undefined;
  if (inputs.length === 1) return backend.alias(inputs[0]!, shape);
  return backend.record({
    key: `AddN ${inputs.length}`,
    inputs,
    shape,
    dtype: dtype as OnnxType,
    emit: (graph, values) => values.reduce((sum, value) => emitSum(graph, sum, value, shape)),
  });
});

/** Sums of tensors. */
export const sums: readonly OnnxKernel[] = [add, addAll];
