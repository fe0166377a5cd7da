import {
  type BroadCastToAttrs,
  BroadcastTo,
  ExpandDims,
  type ExpandDimsAttrs,
  Reshape,
  type ReshapeAttrs,
  type TensorInfo,
  Tile,
  type TileAttrs,
  Transpose,
  type TransposeAttrs,
  util,
} from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import { emitReshaped } from "../graph/reshaped.js";
import { axisInOrder, inOrder, type Order, type Shape, sameShape, sizeOf, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { isSorted, recordMove } from "./moving.js";

type One = Readonly<Record<"x", TensorInfo>>;

/** Records the elements of a tensor in another shape. */
export function recordReshape(backend: OnnxBackend, x: TensorInfo, shape: Shape): TensorInfo {
  if (sameShape(x.shape, shape)) return backend.alias(x, shape);
  return recordMove(backend, "Reshape", x, shape, (graph, value) => emitReshaped(graph, value, shape));
}

const reshape = kernel<One, ReshapeAttrs>(Reshape, ({ x }, attributes, backend) => {
  const shape = util.inferFromImplicitShape(attributes.shape, sizeOf(x.shape));
  return sizeOf(shape) === sizeOf(x.shape) ? recordReshape(backend, x, shape) : undefined;
});

const expandDims = kernel<Readonly<Record<"input", TensorInfo>>, ExpandDimsAttrs>(
  ExpandDims,
  ({ input }, { dim }, backend) => {
    const { length } = input.shape;
    if (dim < -(length + 1)) return undefined;
    return recordReshape(backend, input, input.shape.toSpliced(dim < 0 ? dim + length + 1 : dim, 0, 1));
  },
);

/** Records a tensor with its axes in another order: the result's first axis is axis permutation[0] of `x`. */
export function recordTranspose(
  backend: OnnxBackend,
  x: TensorInfo,
  permutation: readonly number[],
): TensorInfo {
  const shape = permutation.map((axis) => x.shape[axis]!);
  return recordMove(backend, `Transpose ${permutation}`, x, shape, (graph, value) => {
    const stored = permutation.map((axis) => value.stored[axis]!);
    const places = permutation.map((axis) => axisInOrder(axis, value.order));
    const lengths = inOrder(value.stored, value.order);
    // Often the elements already lie as the result has them, in one of the orders that it may have.
    const orders: readonly Order[] = shape.length === 4 ? ["rows", "planes", "filter"] : ["rows"];
    const order = orders.find((candidate) =>
      isSorted(inOrder(places, candidate).filter((place) => lengths[place] !== 1)),
    );
    const name = order
      ? graph.reshape(value.name, inOrder(stored, order))
      : graph.op("Transpose", [value.name], { perm: places });
    return new Value(name, value.dtype, shape, order ?? "rows", stored);
  });
}

const transpose = kernel<One, TransposeAttrs>(Transpose, ({ x }, { perm }, backend) =>
  recordTranspose(backend, x, perm),
);

/** Records a tensor repeated along its axes. */
export function recordTile(backend: OnnxBackend, x: TensorInfo, times: readonly number[]): TensorInfo {
  const shape = x.shape.map((length, axis) => length * times[axis]!);
  return recordMove(backend, `Tile ${times}`, x, shape, (graph, value) => {
    const { name, dtype, order } = value;
    const repeats = times.map((count, axis) => (value.stored[axis] === 1 ? 1 : count));
    const stored = value.stored.map((length, axis) => length * repeats[axis]!);
    const written = repeats.some((count) => count !== 1)
      ? graph.op("Tile", [name, graph.ints(inOrder(repeats, order))])
      : name;
    return new Value(written, dtype, shape, order, stored);
  });
}

const tile = kernel<One, TileAttrs>(Tile, ({ x }, { reps }, backend) =>
  reps.every((count) => Number.isInteger(count) && count >= 0) ? recordTile(backend, x, reps) : undefined,
);

const broadcastTo = kernel<One, BroadCastToAttrs>(BroadcastTo, ({ x }, { shape }, backend) => {
  const lengths = [...new Array<number>(shape.length - x.shape.length).fill(1), ...x.shape];
  const given = recordReshape(backend, x, lengths);
  const result = recordTile(
    backend,
    given,
    shape.map((length, axis) => length / lengths[axis]!),
  );
  backend.disposeIntermediateTensorInfo(given);
  return result;
});

/** Kernels that give a tensor another shape. */
export const shapes: readonly OnnxKernel[] = [reshape, expandDims, transpose, tile, broadcastTo];
