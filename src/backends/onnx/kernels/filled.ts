import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import type { Graph } from "../graph/graph.js";
import { type Shape, Value } from "../graph/value.js";
import { asValues, type OnnxType } from "../recorded.js";

/** A value all of whose elements are one number, of which only one is there. */
export function filled(graph: Graph, dtype: OnnxType, fill: number, shape: Shape): Value {
  const ones = shape.map(() => 1);
  const value = new Value(graph.constant(dtype, ones, [fill]), dtype, shape, "rows", ones);
  value.fill = fill;
  return value;
}

/** A number as part of a key. */
export const written = (number: number): string => (Object.is(number, -0) ? "-0" : String(number));

/** Records a tensor all of whose elements are one number, rounded as its type has it. */
export function recordFill(
  backend: OnnxBackend,
  shape: Shape,
  number: number,
  dtype: OnnxType,
): TensorInfo | undefined {
  const fill = asValues([number], dtype)[0]!;
  if (dtype === "bool" && fill > 1) return undefined;
  return backend.record({
    key: `Fill ${written(fill)}`,
    inputs: [],
    shape,
    dtype,
    fill,
    emit: (graph) => filled(graph, dtype, fill, shape),
  });
}
