import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { emitCast } from "./cast.js";
import { recordBroadcast, recordUnary } from "./elementwise.js";

type Binary = Readonly<Record<"a" | "b", TensorInfo>>;
type Write = (graph: Graph, operands: readonly string[]) => string;

const numbers: readonly string[] = ["float32", "int32"];
const anything: readonly string[] = [...numbers, "bool"];

/** A kernel that gives a truth value for each two elements of one type. */
const comparison = (name: string, type: string | Write, dtypes = numbers): OnnxKernel =>
  kernel<Binary>(name, ({ a, b }, _, backend) => {
    if (a.dtype !== b.dtype || !dtypes.includes(a.dtype)) return undefined;
    const write: Write = typeof type === "string" ? (graph, names) => graph.op(type, names) : type;
    return recordBroadcast(backend, name, [a, b], "bool", write);
  });

const not = (graph: Graph, x: string): string => graph.op("Not", [x]);

/** One of two values by a truth value; ONNX Runtime has no Where of truth values. */
function choose(graph: Graph, [condition, t, e]: readonly string[], dtype: OnnxType): string {
  if (dtype !== "bool") return graph.op("Where", [condition!, t!, e!]);
  const either = [graph.op("And", [condition!, t!]), graph.op("And", [not(graph, condition!), e!])];
  return graph.op("Or", either);
}

/** Elements of t or of e by the condition, which has their shape; a condition of one axis chooses along their first. */
const select = kernel<Readonly<Record<"condition" | "t" | "e", TensorInfo>>>(
  tf.Select,
  ({ condition, t, e }, _, backend) => {
    const { shape } = t;
    const isRows = condition.shape.length === 1 && condition.shape[0] === shape[0];
    const fit = sameShape(shape, e.shape) && (isRows || sameShape(condition.shape, shape));
    if (condition.dtype !== "bool" || !fit) return undefined;
    const dtype = tf.upcastType(t.dtype, e.dtype) as OnnxType;
    return backend.record({
      key: "Select",
      inputs: [condition, t, e],
      shape,
      dtype,
      inPlace: true,
      emit(graph, [given, ...rest]) {
        const values = [aligned(graph, given!, shape.length), ...rest];
        const { names, order, stored } = graph.broadcast(values, shape);
        const [which, ...cases] = names.map((name, i) =>
          i === 0 ? name : emitCast(graph, name, values[i]!.dtype, dtype),
        );
        return new Value(choose(graph, [which!, ...cases], dtype), dtype, shape, order, stored);
      },
    });
  },
);

/** A vector as values of `rank` axes that vary along the first. */
function aligned(graph: Graph, value: Value, rank: number): Value {
  if (value.shape.length === rank) return value;
  const ones = new Array<number>(rank - 1).fill(1);
  const [shape, stored] = [
    [...value.shape, ...ones],
    [...value.stored, ...ones],
  ];
  return new Value(graph.reshape(value.name, stored), value.dtype, shape, "rows", stored);
}

const logicalNot = kernel<Readonly<Record<"x", TensorInfo>>>(tf.LogicalNot, ({ x }, _, backend) =>
  x.dtype === "bool" ? recordUnary(backend, "LogicalNot", x, not) : undefined,
);

/** Kernels that give or use truth values. */
export const comparisons: readonly OnnxKernel[] = [
  comparison(tf.Greater, "Greater"),
  comparison(tf.GreaterEqual, "GreaterOrEqual"),
  comparison(tf.Less, "Less"),
  comparison(tf.LessEqual, "LessOrEqual"),
  comparison(tf.Equal, "Equal", anything),
  comparison(tf.NotEqual, (graph, names) => not(graph, graph.op("Equal", names)), anything),
  comparison(tf.LogicalAnd, "And", ["bool"]),
  comparison(tf.LogicalOr, "Or", ["bool"]),
  logicalNot,
  select,
];
