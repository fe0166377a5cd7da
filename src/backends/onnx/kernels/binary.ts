import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import type { Graph } from "../graph/graph.js";
import { onnxTypes } from "../graph/modelProto.js";
import { sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { toDouble, toInt32 } from "./cast.js";
import { broadcastShape, recordBroadcast } from "./elementwise.js";
import { prelu } from "./pointwise.js";

type Binary = Readonly<Record<"a" | "b", TensorInfo>>;
type Write = (graph: Graph, operands: readonly string[], dtype: OnnxType) => string;

const numbers: readonly string[] = ["float32", "int32"];

/** A kernel on two tensors of one type. */
const binary = (name: string, write: Write, dtypes = numbers, result?: OnnxType): OnnxKernel =>
  kernel<Binary>(name, ({ a, b }, _, backend) => {
    if (a.dtype !== b.dtype || !dtypes.includes(a.dtype)) return undefined;
    const dtype = a.dtype as OnnxType;
    return recordBroadcast(backend, name, [a, b], result ?? dtype, (graph, names) =>
      write(graph, names, dtype),
    );
  });

const operation =
  (type: string) =>
  (graph: Graph, names: readonly string[]): string =>
    graph.op(type, names);

/** A kernel that changes nothing where b is `neutral`. */
const withNeutral = (name: string, type: string, neutral: number, dtypes = numbers): OnnxKernel =>
  kernel<Binary>(name, ({ a, b }, _, backend) => {
    if (a.dtype !== b.dtype || !dtypes.includes(a.dtype)) return undefined;
    const shape = broadcastShape(a.shape, b.shape);
    const dtype = a.dtype as OnnxType;
    return backend.record({
      key: name,
      inputs: [a, b],
      shape,
      dtype,
      inPlace: true,
      emit(graph, values) {
        const [x, y] = values as readonly [Value, Value];
        if (y.fill === neutral && sameShape(x.shape, shape)) return x;
        const { names, order, stored } = graph.broadcast(values, shape);
        return new Value(graph.op(type, names), dtype, shape, order, stored);
      },
    });
  });

/** Whether a tensor is one number that is known and finite. */
function isFiniteNumber(backend: OnnxBackend, x: TensorInfo): boolean {
  const { values } = backend.nodeOf(x);
  return values?.length === 1 && Number.isFinite(values[0]);
}

/** a^b; in JavaScript 1 and -1 to the power of NaN or an infinity are NaN, in C and ONNX Runtime they are 1. */
const power = kernel<Binary>(tf.Pow, ({ a, b }, _, backend) => {
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  if (isFiniteNumber(backend, b))
    return recordBroadcast(backend, "Pow finite", [a, b], "float32", operation("Pow"));
  return recordBroadcast(backend, "Pow", [a, b], "float32", (graph, [a, b]) => {
    const isOne = graph.op("Equal", [graph.op("Abs", [a!]), graph.scalar(1)]);
    const bounded = graph.op("Less", [graph.op("Abs", [b!]), graph.scalar(Number.POSITIVE_INFINITY)]);
    const isUndefined = graph.op("And", [isOne, graph.op("Not", [bounded])]);
    return graph.op("Where", [isUndefined, graph.scalar(Number.NaN), graph.op("Pow", [a!, b!])]);
  });
});

/** The quotient rounded down, as JavaScript has it: in float64, where a divisor of 0 harms nothing, and then in int32. */
const floorDivide: Write = (graph, names) => {
  const quotient = graph.op(
    "Div",
    names.map((name) => toDouble(graph, name)),
  );
  return toInt32(graph, graph.op("Floor", [quotient]), true);
};

/** The remainder with the sign of the divisor, in float64 as in JavaScript. */
const modulo: Write = (graph, names, dtype) => {
  const [a, b] = names.map((name) => toDouble(graph, name)) as [string, string];
  const rest = (x: string) => graph.op("Mod", [x, b], { fmod: 1 });
  const isNegative = names.map((name) => graph.op("Less", [name, graph.scalar(0, dtype)]));
  const remainder = rest(a);
  const moved = rest(graph.op("Add", [remainder, b]));
  const result = graph.op("Where", [graph.op("Equal", isNegative), remainder, moved]);
  return dtype === "int32"
    ? toInt32(graph, result, true)
    : graph.op("Cast", [result], { to: onnxTypes.float32 });
};

const parametricRelu = kernel<Readonly<Record<"x" | "alpha", TensorInfo>>>(
  tf.Prelu,
  ({ x, alpha }, _, backend) =>
    x.dtype === "float32" && alpha.dtype === "float32"
      ? recordBroadcast(backend, "Prelu", [x, alpha], "float32", prelu)
      : undefined,
);

const floats = ["float32"] as const;

/** Kernels on each two elements of two tensors. */
export const binaries: readonly OnnxKernel[] = [
  withNeutral(tf.Sub, "Sub", 0),
  withNeutral(tf.RealDiv, "Div", 1, floats),
  binary(tf.Maximum, operation("Max")),
  binary(tf.Minimum, operation("Min")),
  binary(tf.SquaredDifference, (graph, names) => {
    const difference = graph.op("Sub", names);
    return graph.op("Mul", [difference, difference]);
  }),
  binary(tf.FloorDiv, floorDivide, numbers, "int32"),
  binary(tf.Mod, modulo),
  power,
  parametricRelu,
];
