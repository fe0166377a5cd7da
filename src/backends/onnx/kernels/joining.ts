import {
  backend_util,
  Concat,
  type ConcatAttrs,
  Pack,
  type PackAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { axisInOrder, type Order, type Shape, sameShape, sizeOf, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { filled } from "./filled.js";
import { repeated } from "./moving.js";
import { recordReshape } from "./shape.js";

/** Values one after the other along an axis. */
export function emitConcat(graph: Graph, given: readonly Value[], axis: number, shape: Shape): Value {
  const { dtype, fill } = given[0]!;
  if (fill !== undefined && given.every((value) => Object.is(value.fill, fill))) {
    return filled(graph, dtype, fill, shape);
  }
  const values = given.map((value) => graph.settled(value));
  const order: Order =
    values.find((value) => value.order !== "rows" && sizeOf(value.stored) > 1)?.order ?? "rows";
  // Along the other axes, what all values only repeat the result only repeats.
  const whole = shape
    .map((_, i) => i)
    .filter((i) => i === axis || values.some(({ stored }) => stored[i] !== 1));
  const parts = values.map((value) => {
    const { shape, stored } = value;
    const name = graph.reordered(value, order);
    return repeated(graph, value.name === name ? value : new Value(name, dtype, shape, order, stored), whole);
  });
  const name = graph.op(
    "Concat",
    parts.map((part) => part.name),
    { axis: axisInOrder(axis, order) },
  );
  const stored = shape.map((length, i) => (whole.includes(i) ? length : 1));
  const joined = new Value(name, dtype, shape, order, stored);
  if (order === "planes" && axis === 3) joined.parts = parts;
  return joined;
}

const concat = kernel<readonly TensorInfo[], ConcatAttrs>(Concat, (inputs, attributes, backend) => {
  const [first, ...rest] = inputs;
  const { dtype, shape: firstShape } = first!;
  const axis = util.parseAxisParam(attributes.axis, firstShape)[0]!;
  const shapes = inputs.map(({ shape }) => shape);
  backend_util.assertParamsConsistent(shapes, axis);
  if (rest.some((input) => input.dtype !== dtype)) return undefined;
  if (rest.length === 0) return backend.alias(first!, firstShape);
  const shape = backend_util.computeOutShape(shapes, axis);
  return backend.record({
    key: `Concat ${axis}`,
    inputs,
    shape,
    dtype: dtype as OnnxType,
    emit: (graph, values) => emitConcat(graph, values, axis, shape),
  });
});

const pack = kernel<readonly TensorInfo[], PackAttrs>(Pack, (inputs, attributes, backend) => {
  const [first, ...rest] = inputs;
  const { dtype, shape: each } = first!;
  const axis = attributes.axis < 0 ? attributes.axis + each.length + 1 : attributes.axis;
  // TensorFlow.js has the error messages for tensors that do not go together.
  if (rest.some((input) => input.dtype !== dtype || !sameShape(input.shape, each)) || axis < 0)
    return undefined;
  const one = each.toSpliced(axis, 0, 1);
  if (rest.length === 0) return recordReshape(backend, first!, one);
  const shape = one.with(axis, inputs.length);
  return backend.record({
    key: `Pack ${axis}`,
    inputs,
    shape,
    dtype: dtype as OnnxType,
    emit(graph, values) {
      const layers = values.map((value) => layer(graph, value, axis));
      return emitConcat(graph, layers, axis, shape);
    },
  });
});

/** The value with one more axis, of length 1. */
function layer(graph: Graph, value: Value, axis: number): Value {
  const { dtype, fill } = value;
  const shape = value.shape.toSpliced(axis, 0, 1);
  if (fill !== undefined) return filled(graph, dtype, fill, shape);
  const stored = value.stored.toSpliced(axis, 0, 1);
  return new Value(graph.reshape(graph.reordered(value, "rows"), stored), dtype, shape, "rows", stored);
}

/** Kernels that join tensors. */
export const joining: readonly OnnxKernel[] = [concat, pack];
