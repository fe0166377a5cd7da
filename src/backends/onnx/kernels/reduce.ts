import { util } from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { axesOf, axisInOrder, type Shape, Value } from "../graph/value.js";
import type { OnnxType } from "../recorded.js";

/** Writes a reduction over axes as they are in memory. */
export type WriteReduction = (graph: Graph, x: string, axes: readonly number[], keepDims: boolean) => string;

/** What is reduced, and what comes of it. */
export interface Reduction {
  /** Axes in TensorFlow.js's shape, in ascending order. */
  readonly axes: readonly number[];
  /** Whether the axes stay, with length 1. */
  readonly keepDims: boolean;
  /** Type of the result. */
  readonly dtype: OnnxType;
}

/** The axes that a kernel's attribute names, in ascending order. */
export function reducedAxes(axis: number | readonly number[] | undefined, shape: Shape): readonly number[] {
  const axes = util.parseAxisParam(axis as number | number[], [...shape]);
  return [...new Set(axes)].sort((a, b) => a - b);
}

/** Shape without the axes. */
export const reducedShape = (shape: Shape, { axes, keepDims }: Omit<Reduction, "dtype">): number[] =>
  keepDims
    ? shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
    : shape.filter((_, axis) => !axes.includes(axis));

/** How many elements each one that is in memory stands for, along axes. */
export const repetitions = (value: Value, axes: readonly number[]): number =>
  axes.reduce((product, axis) => product * (value.shape[axis]! / value.stored[axis]!), 1);

/**
 * Writes a reduction in the order that the value has, so that images need not be moved: only the result is, where its
 * axes end up in another order. What is not repeated in memory is reduced as it is there.
 */
export function emitReduction(
  graph: Graph,
  given: Value,
  reduction: Reduction,
  write: WriteReduction,
): Value {
  const value = graph.settled(given);
  const { axes, keepDims, dtype } = reduction;
  const { shape, stored, order } = value;
  const kept = { axes, keepDims: true };
  const [shapeKept, storedKept] = [reducedShape(shape, kept), reducedShape(stored, kept)];
  const inMemory = axes.map((axis) => axisInOrder(axis, order)).sort((a, b) => a - b);
  const isNothing = axes.every((axis) => stored[axis] === 1);
  const result = reducedShape(shape, reduction);
  if (keepDims) {
    const name = isNothing ? value.name : write(graph, value.name, inMemory, true);
    return new Value(name, dtype, result, order, storedKept);
  }
  const storedResult = reducedShape(stored, reduction);
  const left = (order === "rows" ? shape.map((_, axis) => axis) : axesOf[order]).filter(
    (axis) => !axes.includes(axis),
  );
  const isSorted = left.every((axis, i) => i === 0 || axis > left[i - 1]!);
  if (isSorted && !isNothing) {
    return new Value(write(graph, value.name, inMemory, false), dtype, result, "rows", storedResult);
  }
  const name = isNothing ? value.name : write(graph, value.name, inMemory, true);
  const rows = graph.reordered(new Value(name, dtype, shapeKept, order, storedKept), "rows");
  return new Value(graph.reshape(rows, storedResult), dtype, result, "rows", storedResult);
}
