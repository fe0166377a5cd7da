import type { OnnxType } from "../recorded.js";
import type { Graph } from "./graph.js";
import { onnxTypes } from "./modelProto.js";
import { type Shape, sameShape, sizeOf, Value } from "./value.js";

/** The same elements in another shape; a value that is one number everywhere stays one number. */
export function emitReshaped(graph: Graph, given: Value, shape: Shape): Value {
  const value = graph.settled(given);
  if (sameShape(value.shape, shape)) return value;
  const { name, dtype, stored, fill } = value;
  const isOneNumber = sizeOf(stored) === 1 && sizeOf(shape) > 1;
  const lengths = isOneNumber ? shape.map(() => 1) : shape;
  const source = isOneNumber ? name : graph.named(value);
  const reshaped = graph.once(`reshaped ${source} ${lengths}`, () => graph.reshape(source, lengths));
  const result = new Value(reshaped, dtype, shape, "rows", lengths);
  if (fill !== undefined) result.fill = fill;
  return result;
}

/** The same elements in another shape, and of another type that holds the same numbers. */
export function emitView(graph: Graph, given: Value, shape: Shape, dtype: OnnxType): Value {
  const value = emitReshaped(graph, given, shape);
  if (value.dtype === dtype) return value;
  const name = graph.op("Cast", [value.name], { to: onnxTypes[dtype] });
  return new Value(name, dtype, shape, value.order, value.stored);
}
