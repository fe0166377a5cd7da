import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import type { Graph } from "../graph/graph.js";
import { onnxTypes } from "../graph/modelProto.js";
import type { Value } from "../graph/value.js";
import { flat } from "./moving.js";

/**
 * Whether all indices are in the range; undefined while their values are not at hand.
 *
 * @param indices vectors of as many numbers as there are strides
 * @param strides what the numbers of a vector are multiplied with, for their sum to be the index of a row
 * @param rows how many rows there are
 */
export function areInRange(
  backend: OnnxBackend,
  indices: TensorInfo,
  strides: readonly number[],
  rows: number,
): boolean | undefined {
  const values = backend.data.get(indices.dataId).node?.valuesAtHand;
  if (values === undefined) return undefined;
  for (let i = 0; i < values.length; i += strides.length) {
    const row = strides.reduce((sum, stride, j) => sum + values[i + j]! * stride, 0);
    if (row < 0 || row >= rows) return false;
  }
  return true;
}

/** Name of the indices of rows, int64 [rows], that vectors of indices and strides give. */
export function rowIndices(graph: Graph, indices: Value, strides: readonly number[]): string {
  const shape = strides.length === 1 ? [-1] : [-1, strides.length];
  const index = graph.op("Cast", [graph.reshape(flat(graph, indices), shape)], { to: onnxTypes.int64 });
  if (strides.length === 1) return index;
  return graph.op("ReduceSum", [graph.op("Mul", [index, graph.ints(strides)]), graph.ints([1])], {
    keepdims: 0,
  });
}

/** Indices, of which those out of the range become another number. */
export function replaceOutOfRange(
  graph: Graph,
  index: string,
  type: "int32" | "int64",
  length: number,
  replacement: number,
): string {
  const [zero, last, other] = [0, length - 1, replacement].map((number) =>
    graph.constant(type, [], [number]),
  );
  const outside = graph.op("Or", [graph.op("Less", [index, zero!]), graph.op("Greater", [index, last!])]);
  return graph.op("Where", [outside, other!, index]);
}
