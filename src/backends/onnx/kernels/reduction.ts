import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import type { Graph } from "../graph/graph.js";
import { onnxTypes } from "../graph/modelProto.js";
import { axisInOrder, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { emitCast } from "./cast.js";
import { recordFill } from "./filled.js";
import {
  emitReduction,
  type Reduction,
  reducedAxes,
  reducedShape,
  repetitions,
  type WriteReduction,
} from "./reduce.js";

type Unary = Readonly<Record<"x", TensorInfo>>;

/** Attributes under both names that TensorFlow.js has for the axes. */
interface Attributes {
  readonly axis?: number | readonly number[];
  readonly reductionIndices?: number | readonly number[];
  readonly keepDims?: boolean;
}

/** A reduction whose axes are an attribute. */
const operation =
  (type: string): WriteReduction =>
  (graph, x, axes, keepDims) =>
    graph.op(type, [x], { axes, keepdims: Number(keepDims) });

const sumOf: WriteReduction = (graph, x, axes, keepDims) =>
  graph.op("ReduceSum", [x, graph.ints(axes)], { keepdims: Number(keepDims) });

/**
 * Sums of whole numbers modulo 2^32, as JavaScript's typed arrays keep them: ONNX Runtime ends at the largest where all of a
 * tensor is summed.
 */
const wholeSumOf: WriteReduction = (graph, x, axes, keepDims) => {
  const sums = sumOf(graph, graph.op("Cast", [x], { to: onnxTypes.int64 }), axes, keepDims);
  return graph.op("Cast", [sums], { to: onnxTypes.int32 });
};

/**
 * The largest or smallest, NaN where one of them is: ONNX Runtime leaves NaN out, so that it is added, as 0 times the sum
 * of the values cut to 0 to 1.
 */
const extremeOf =
  (type: string): WriteReduction =>
  (graph, x, axes, keepDims) => {
    const cut = graph.op("HardSigmoid", [x], { alpha: { float: 1 }, beta: { float: 0 } });
    const nothing = graph.op("Mul", [sumOf(graph, cut, axes, keepDims), graph.scalar(0)]);
    return graph.op("Add", [operation(type)(graph, x, axes, keepDims), nothing]);
  };

/** Truth values by way of ONNX's type 2, uint8. */
const truthOf =
  (type: string): WriteReduction =>
  (graph, x, axes, keepDims) => {
    const bytes = graph.op("Cast", [x], { to: 2 });
    return emitCast(graph, operation(type)(graph, bytes, axes, keepDims), "int32", "bool");
  };

/** How a kernel reduces: after a cast to another type, and with what is left of elements that are not repeated. */
interface Kind {
  readonly dtype: OnnxType;
  readonly write: WriteReduction;
  /** Of the result of the elements in memory, that of `count` times as many. */
  readonly repeat?: (graph: Graph, name: string, count: number) => string;
  /** The result for `count` elements that are all `fill`. */
  readonly fill?: (fill: number, count: number) => number;
}

function record(backend: OnnxBackend, name: string, x: TensorInfo, attributes: Attributes, kind: Kind) {
  const { dtype, write, repeat, fill } = kind;
  const { axis, reductionIndices, keepDims = false } = attributes;
  const axes = reducedAxes(axis ?? reductionIndices, x.shape);
  const reduction: Reduction = { axes, keepDims, dtype };
  const shape = reducedShape(x.shape, reduction);
  if (dtype === x.dtype && axes.every((axis) => x.shape[axis] === 1)) return backend.alias(x, shape);
  return backend.record({
    key: `${name} ${axes} ${keepDims}`,
    inputs: [x],
    shape,
    dtype,
    emit(graph, [given]) {
      const { name, dtype: from, shape, order, stored, fill: number } = graph.settled(given!);
      const value = new Value(emitCast(graph, name, from, dtype), dtype, shape, order, stored);
      const result = emitReduction(graph, value, reduction, write);
      const count = repetitions(value, axes);
      const repeated = repeat && count > 1 ? repeat(graph, result.name, count) : result.name;
      const made = new Value(repeated, dtype, result.shape, result.order, result.stored);
      const elements = axes.reduce((product, axis) => product * shape[axis]!, 1);
      if (fill && number !== undefined) made.fill = fill(number, elements);
      return made;
    },
  });
}

/** A kernel on numbers or truth values. */
const reduction = (name: string, kindOf: (dtype: OnnxType) => Kind | undefined): OnnxKernel =>
  kernel<Unary, Attributes>(name, ({ x }, attributes, backend) => {
    const kind = kindOf(x.dtype as OnnxType);
    return kind && record(backend, name, x, attributes, kind);
  });

/** Whole numbers for truth values, numbers otherwise. */
const counted = (dtype: OnnxType): OnnxType => (dtype === "bool" ? "int32" : dtype);

const extreme = (name: string, type: string): OnnxKernel =>
  reduction(name, (dtype) =>
    dtype === "bool"
      ? undefined
      : { dtype, write: dtype === "float32" ? extremeOf(type) : operation(type), fill: (fill) => fill },
  );

const truth = (name: string, type: string): OnnxKernel =>
  reduction(name, (dtype) => (dtype === "bool" ? { dtype, write: truthOf(type) } : undefined));

/** Index of the first largest or smallest; NaN is neither, unless it is the first. */
const index = (name: string): OnnxKernel =>
  kernel<Unary, Attributes>(name, ({ x }, { axis }, backend) => {
    const axes = reducedAxes(axis, x.shape);
    if (x.dtype === "bool" || axes.length !== 1) return undefined;
    const reduction: Reduction = { axes, keepDims: false, dtype: "int32" };
    if (x.shape[axes[0]!] === 1) return recordFill(backend, reducedShape(x.shape, reduction), 0, "int32");
    return backend.record({
      key: `${name} ${axes}`,
      inputs: [x],
      shape: reducedShape(x.shape, reduction),
      dtype: "int32",
      emit: (graph, [value]) =>
        emitIndex(graph, repetitions(value!, axes) > 1 ? graph.full(value!) : value!, reduction, name),
    });
  });

/** ONNX Runtime takes NaN for the largest and smallest where it reduces all of a tensor, but not in rows of a matrix. */
function emitIndex(graph: Graph, value: Value, reduction: Reduction, type: string): Value {
  const indices = (x: string, axis: number, keepDims: boolean) =>
    graph.op("Cast", [graph.op(type, [x], { axis, keepdims: Number(keepDims) })], { to: onnxTypes.int32 });
  return emitReduction(graph, value, reduction, (graph, x, [axis], keepDims) =>
    value.shape.length === 1
      ? graph.reshape(indices(graph.reshape(x, [1, -1]), 1, true), keepDims ? [1] : [])
      : indices(x, axis!, keepDims),
  );
}

const cumulative = kernel<Unary, tf.CumsumAttrs>(tf.Cumsum, ({ x }, attributes, backend) => {
  const { exclusive = false, reverse = false } = attributes;
  const [axis] = reducedAxes(attributes.axis, x.shape);
  if (axis === undefined) return undefined;
  const dtype = counted(x.dtype as OnnxType);
  return backend.record({
    key: `Cumsum ${axis} ${exclusive} ${reverse}`,
    inputs: [x],
    shape: x.shape,
    dtype,
    emit(graph, [given]) {
      const value = repetitions(given!, [axis]) > 1 ? graph.full(given!) : graph.settled(given!);
      const { name, dtype: from, shape, order, stored } = value;
      const along = graph.scalar(axisInOrder(axis, order), "int32");
      const sums = graph.op("CumSum", [emitCast(graph, name, from, dtype), along], {
        exclusive: Number(exclusive),
        reverse: Number(reverse),
      });
      return new Value(sums, dtype, shape, order, stored);
    },
  });
});

/** Kernels that make one element of many. */
export const reductions: readonly OnnxKernel[] = [
  reduction(tf.Sum, (dtype) => {
    const type = counted(dtype);
    const repeat = (graph: Graph, x: string, count: number) =>
      graph.op("Mul", [x, graph.scalar(count, type)]);
    const write = dtype === "int32" ? wholeSumOf : sumOf;
    return { dtype: type, write, repeat, fill: (fill, count) => fill * count };
  }),
  reduction(tf.Mean, () => ({ dtype: "float32", write: operation("ReduceMean"), fill: (fill) => fill })),
  reduction(tf.Prod, (dtype) => {
    const type = counted(dtype);
    const repeat = (graph: Graph, x: string, count: number) =>
      graph.op("Pow", [x, graph.scalar(count, type)]);
    return { dtype: type, write: operation("ReduceProd"), repeat };
  }),
  extreme(tf.Max, "ReduceMax"),
  extreme(tf.Min, "ReduceMin"),
  truth(tf.Any, "ReduceMax"),
  truth(tf.All, "ReduceMin"),
  index(tf.ArgMax),
  index(tf.ArgMin),
  cumulative,
];
