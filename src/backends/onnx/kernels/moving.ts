import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import type { Graph } from "../graph/graph.js";
import { axesOf, inOrder, type Shape, sameShape, Value } from "../graph/value.js";
import type { OnnxType } from "../recorded.js";
import { filled } from "./filled.js";

/**
 * Records a kernel that only moves the elements of one tensor.
 *
 * @param key the kernel and its attributes
 * @param emit writes it; what it is given has nothing left to add, and elements that may differ
 */
export function recordMove(
  backend: OnnxBackend,
  key: string,
  x: TensorInfo,
  shape: Shape,
  emit: (graph: Graph, value: Value) => Value,
): TensorInfo {
  return backend.record({
    key,
    inputs: [x],
    shape,
    dtype: x.dtype as OnnxType,
    emit: (graph, [given]) =>
      given!.fill === undefined
        ? emit(graph, graph.settled(given!))
        : filled(graph, given!.dtype, given!.fill, shape),
  });
}

/** The value with nothing left to repeat along some axes. */
export function repeated(graph: Graph, value: Value, axes: readonly number[]): Value {
  const { name, dtype, shape, order } = value;
  const stored = value.stored.map((length, axis) => (axes.includes(axis) ? shape[axis]! : length));
  if (sameShape(stored, value.stored)) return value;
  const lengths = inOrder(stored, order);
  const expanded = graph.once(`repeated ${name} ${lengths}`, () =>
    graph.op("Expand", [name, graph.ints(lengths)]),
  );
  return new Value(expanded, dtype, shape, order, stored);
}

/**
 * Name of something with the value's elements in the order of its rows, but of any shape with that many elements; none is
 * left to repeat.
 */
export function flat(graph: Graph, value: Value): string {
  const { name, dtype, shape, order, stored } = graph.settled(value);
  const lies =
    order === "rows" ||
    (sameShape(stored, shape) && isSorted(axesOf[order].filter((axis) => stored[axis] !== 1)));
  // What is to be repeated is reordered while it is small.
  const rows = lies ? name : graph.reordered(new Value(name, dtype, shape, order, stored), "rows");
  return graph.full(new Value(rows, dtype, shape, "rows", stored)).name;
}

/** Whether each number is larger than the one before. */
export const isSorted = (numbers: readonly number[]): boolean =>
  numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
