import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import type { Graph } from "../graph/graph.js";
import { type Shape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import {
  elu,
  expm1,
  leakyRelu,
  log1p,
  type Pointwise,
  relu6,
  selu,
  sigmoid,
  sign,
  tangent,
} from "./pointwise.js";

type Unary = Readonly<Record<"x", TensorInfo>>;

/** Shape of operands that broadcast against each other. */
export const broadcastShape = (...shapes: Shape[]): number[] =>
  shapes.reduce<number[]>(
    (joined, shape) => tf.broadcast_util.assertAndGetBroadcastShape(joined, shape as number[]),
    [],
  );

/** Records a function of each element of one tensor. */
export function recordUnary(
  backend: OnnxBackend,
  key: string,
  x: TensorInfo,
  write: Pointwise,
  dtype = x.dtype as OnnxType,
): TensorInfo {
  return backend.record({
    key,
    inputs: [x],
    shape: x.shape,
    dtype,
    inPlace: dtype === x.dtype,
    emit(graph, [given]) {
      const value = graph.settled(given!);
      return new Value(write(graph, value.name), dtype, value.shape, value.order, value.stored);
    },
  });
}

/** Records a function of the elements of several tensors that broadcast against each other. */
export function recordBroadcast(
  backend: OnnxBackend,
  key: string,
  inputs: readonly TensorInfo[],
  dtype: OnnxType,
  write: (graph: Graph, operands: readonly string[]) => string,
): TensorInfo {
  const shape = broadcastShape(...inputs.map((input) => input.shape));
  return backend.record({
    key,
    inputs,
    shape,
    dtype,
    inPlace: true,
    emit(graph, values) {
      const { names, order, stored } = graph.broadcast(values, shape);
      return new Value(write(graph, names), dtype, shape, order, stored);
    },
  });
}

/** A kernel on one tensor of float32. */
const unary = (name: string, write: Pointwise, dtype: OnnxType = "float32"): OnnxKernel =>
  kernel<Unary>(name, ({ x }, _, backend) =>
    x.dtype === "float32" ? recordUnary(backend, name, x, write, dtype) : undefined,
  );

/** A kernel that is one operation. */
const operation = (name: string, type: string = name): OnnxKernel =>
  unary(name, (graph, x) => graph.op(type, [x]));

/** A kernel on one tensor of float32 or int32. */
const numeric = (name: string, write: (graph: Graph, x: string, dtype: OnnxType) => string): OnnxKernel =>
  kernel<Unary>(name, ({ x }, _, backend) =>
    x.dtype === "bool"
      ? undefined
      : recordUnary(backend, name, x, (graph, a) => write(graph, a, x.dtype as OnnxType)),
  );

/** A kernel that rounds. */
const rounding = (name: string): OnnxKernel =>
  kernel<Unary>(name, ({ x }, _, backend) =>
    x.dtype === "float32"
      ? recordUnary(backend, name, x, (graph, a) => graph.op(name, [a]))
      : backend.alias(x, x.shape),
  );

const leaky = kernel<Unary, tf.LeakyReluAttrs>(tf.LeakyRelu, ({ x }, { alpha }, backend) =>
  x.dtype === "float32" ? recordUnary(backend, `LeakyRelu ${alpha}`, x, leakyRelu(alpha)) : undefined,
);

/** x within bounds; whole numbers within the whole numbers to which an array would cut the bounds. */
const clip = kernel<Unary, tf.ClipByValueAttrs>(
  tf.ClipByValue,
  ({ x }, { clipValueMin: low, clipValueMax: high }, backend) => {
    const dtype = x.dtype as OnnxType;
    // ONNX leaves open what bounds in the wrong order and bounds that are no numbers do.
    if (dtype === "bool" || !(low <= high)) return undefined;
    const bound = (value: number) =>
      dtype === "float32" ? value : Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1));
    return recordUnary(backend, `Clip ${low} ${high}`, x, (graph, a) =>
      graph.op("Clip", [a, graph.scalar(bound(low), dtype), graph.scalar(bound(high), dtype)]),
    );
  },
);

/** The gradient of an exponential unit from its result y: dy, times y + 1 where y is negative. */
const eluGradient = kernel<Readonly<Record<"dy" | "y", TensorInfo>>>(tf.EluGrad, ({ dy, y }, _, backend) =>
  dy.dtype === "float32" && y.dtype === "float32"
    ? recordBroadcast(backend, "EluGrad", [dy, y], "float32", (graph, [dy, y]) => {
        const slope = graph.op("Add", [graph.op("Min", [y!, graph.scalar(0)]), graph.scalar(1)]);
        return graph.op("Mul", [dy!, slope]);
      })
    : undefined,
);

/** Kernels on each element of one tensor. */
export const elementwise: readonly OnnxKernel[] = [
  numeric(tf.Abs, (graph, x) => graph.op("Abs", [x])),
  numeric(tf.Neg, (graph, x) => graph.op("Neg", [x])),
  numeric(tf.Square, (graph, x) => graph.op("Mul", [x, x])),
  numeric(tf.Sign, sign),
  operation(tf.Sqrt),
  unary(tf.Rsqrt, (graph, x) => graph.op("Reciprocal", [graph.op("Sqrt", [x])])),
  operation(tf.Reciprocal),
  operation(tf.Exp),
  unary(tf.Expm1, expm1),
  operation(tf.Log),
  unary(tf.Log1p, log1p),
  rounding(tf.Floor),
  rounding(tf.Ceil),
  // Both round halves to even numbers.
  rounding(tf.Round),
  unary(tf.Sigmoid, sigmoid),
  operation(tf.Tanh),
  unary(tf.Tan, tangent),
  ...[tf.Sin, tf.Cos, tf.Asin, tf.Acos, tf.Atan].map((name) => operation(name)),
  unary(tf.Tan, tangent),
  ...[tf.Sinh, tf.Cosh, tf.Asinh, tf.Acosh, tf.Atanh].map((name) => operation(name)),
  operation(tf.Erf),
  numeric(tf.Relu6, relu6),
  leaky,
  unary(tf.Elu, elu),
  eluGradient,
  unary(tf.Selu, selu),
  operation(tf.Softplus),
  clip,
  unary(tf.IsNan, (graph, x) => graph.op("IsNaN", [x]), "bool"),
  unary(tf.IsInf, (graph, x) => graph.op("IsInf", [x]), "bool"),
  unary(
    tf.IsFinite,
    (graph, x) => graph.op("Less", [graph.op("Abs", [x]), graph.scalar(Number.POSITIVE_INFINITY)]),
    "bool",
  ),
  kernel<Unary>(tf.Identity, ({ x }, _, backend) => backend.alias(x, x.shape)),
];
