import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Graph, microsoft } from "../graph/graph.js";
import { type Shape, sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { emitActivation, hasActivation } from "./activation.js";
import { broadcastShape } from "./elementwise.js";

interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Shape of the product of two stacks of matrices, which broadcast against each other. */
function productShape(a: Shape, b: Shape, { transposeA, transposeB }: Transposition): number[] {
  const rows = transposeA ? a.at(-1)! : a.at(-2)!;
  const columns = transposeB ? b.at(-2)! : b.at(-1)!;
  return [...broadcastShape(a.slice(0, -2), b.slice(0, -2)), rows, columns];
}

/** Whether there is a product; where there is none, TensorFlow.js's CPU kernel says so. */
function fit(a: Shape, b: Shape, { transposeA, transposeB }: Transposition): boolean {
  return a.length >= 2 && b.length >= 2 && a.at(transposeA ? -2 : -1) === b.at(transposeB ? -1 : -2);
}

/** A value whose matrices are there in full; a stack of equal ones may still be one. */
function matrices(graph: Graph, value: Value): Value {
  const isThere = sameShape(value.shape.slice(-2), value.stored.slice(-2));
  const whole = isThere ? graph.settled(value) : graph.full(value);
  return new Value(graph.reordered(whole, "rows"), whole.dtype, whole.shape, "rows", whole.stored);
}

function transposed(graph: Graph, { name, shape }: Value): string {
  const axes = shape.map((_, axis) => axis);
  return graph.op("Transpose", [name], { perm: [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!] });
}

/** Writes a product, and a bias added to it where one operation does both. */
function emitProduct(
  graph: Graph,
  given: readonly [Value, Value],
  transposition: Transposition,
  bias?: Value,
): Value {
  const { transposeA, transposeB } = transposition;
  const [a, b] = given.map((value) => matrices(graph, value)) as [Value, Value];
  const { dtype } = a;
  const shape = productShape(a.shape, b.shape, transposition);
  const stored = productShape(a.stored, b.stored, transposition);
  const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
  const make = (name: string) => new Value(name, dtype, shape, "rows", stored);
  const isFloat = dtype === "float32";
  if (isFloat && shape.length === 2) {
    const summand = bias ? [graph.reordered(bias, "rows")] : [];
    return make(graph.op("Gemm", [a.name, b.name, ...summand], attributes));
  }
  const product =
    isFloat && !graph.target.portable && (transposeA || transposeB)
      ? graph.op("FusedMatMul", [a.name, b.name], attributes, microsoft)
      : graph.op("MatMul", [
          transposeA ? transposed(graph, a) : a.name,
          transposeB ? transposed(graph, b) : b.name,
        ]);
  if (bias === undefined) return make(product);
  const sum = graph.broadcast([make(product), bias], shape);
  return new Value(graph.op("Add", sum.names), dtype, shape, sum.order, sum.stored);
}

const matMul = kernel<Readonly<Record<"a" | "b", TensorInfo>>, tf.BatchMatMulAttrs>(
  tf.BatchMatMul,
  ({ a, b }, { transposeA, transposeB }, backend) => {
    const transposition = { transposeA: !!transposeA, transposeB: !!transposeB };
    if (a.dtype !== b.dtype || a.dtype === "bool" || !fit(a.shape, b.shape, transposition)) return undefined;
    return backend.record({
      key: `BatchMatMul ${Object.values(transposition)}`,
      inputs: [a, b],
      shape: productShape(a.shape, b.shape, transposition),
      dtype: a.dtype as OnnxType,
      emit: (graph, [x, y]) => emitProduct(graph, [x!, y!], transposition),
    });
  },
);

type FusedInputs = Readonly<Record<"a" | "b", TensorInfo>> &
  Readonly<Partial<Record<"bias" | "preluActivationWeights", TensorInfo>>>;

/** A product with a bias and an activation, as dense layers have it. */
const fusedMatMul = kernel<FusedInputs, tf._FusedMatMulAttrs>(
  tf._FusedMatMul,
  ({ a, b, bias, preluActivationWeights: slopes }, attributes, backend) => {
    const { transposeA, transposeB, leakyreluAlpha } = attributes;
    // The type of tfjs-core says that it is always there; without an activation it is null or undefined.
    const activation = (attributes.activation as string | null) ?? undefined;
    const given = [a, b, bias, slopes].filter((input) => input != null);
    if (given.some(({ dtype }) => dtype !== "float32") || !hasActivation(activation)) return undefined;
    const transposition = { transposeA: !!transposeA, transposeB: !!transposeB };
    if (!fit(a.shape, b.shape, transposition)) return undefined;
    const shape = productShape(a.shape, b.shape, transposition);
    // A bias or slopes that would widen the product are the CPU's.
    if (
      [bias, slopes].some((input) => input != null && !sameShape(broadcastShape(shape, input.shape), shape))
    ) {
      return undefined;
    }
    return backend.record({
      key: `FusedMatMul ${Object.values(transposition)} ${bias != null} ${activation} ${leakyreluAlpha}`,
      inputs: given,
      shape,
      dtype: "float32",
      emit(graph, [x, y, ...rest]) {
        const summand = bias == null ? undefined : rest[0];
        const product = emitProduct(graph, [x!, y!], transposition, summand);
        return emitActivation(
          graph,
          product,
          activation,
          slopes == null ? undefined : rest.at(-1),
          leakyreluAlpha,
        );
      },
    });
  },
);

/** Products of matrices. */
export const matrixProducts: readonly OnnxKernel[] = [matMul, fusedMatMul];
