import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients.
import "@tensorflow/tfjs-layers";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { expect } from "vitest";
import { OnnxBackend } from "../../../src/backends/onnx/backend.js";
import { type Order, Value } from "../../../src/backends/onnx/graph/value.js";
import type { OnnxType } from "../../../src/backends/onnx/recorded.js";
import { randomStream } from "../../../src/random.js";

/** How a tensor comes about on the ONNX backend: its order in memory, and axes along which it is repeated there. */
export interface Source {
  readonly order?: Order;
  /** Axes along which the first elements are all there are. */
  readonly repeated?: readonly number[];
  /** Whether 1 remains to be added to it. */
  readonly remainder?: boolean;
}

/** A tensor to compute from. */
export interface Given extends Source {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly dtype?: OnnxType;
}

/** Computations by name; all are run as one graph. */
export type Computations = Readonly<Record<string, (...inputs: tf.Tensor[]) => tf.Tensor>>;

/** How equal results are to be, and what may run as CPU kernels. */
export interface Expectation {
  /** Largest difference as a part of the value that the CPU gives. */
  readonly relative?: number;
  /** Largest difference that is allowed in any case. */
  readonly absolute?: number;
  /** Names of all kernels that run as CPU kernels. */
  readonly fallbacks?: readonly string[];
}

/** NaN, infinities, zeros, and numbers near bounds: of float32, of int32, and of where functions bend. */
export const special = [
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-45, -1e-45, 1e-40, 1.2e-38],
  ...[3.4e38, -3.4e38, 1e30, -1e30, 1e10, -1e10, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.49999997, 1, -1, 6, 7],
  ...[1e-7, -1e-7, 1e-4, -1e-4, 1e-3, 0.1, -0.1, 2, 3, -3, 5, -5, 10, -10, 13.9, 14, -13.9, -14, 15, -15, 20],
  ...[-20, 30, -30, 50, -50, 80, -80, 88, -87, 89, 100, -1000, 16777217, 2147483520, -2147483648, 4294968320],
];

/** Normally distributed numbers. */
export function normals(seed: string, size: number): number[] {
  const random = randomStream(seed);
  return Array.from({ length: size }, () => Math.fround(random.normal()));
}

/** Whole numbers, small ones and large ones. */
export const integers = (size: number): number[] =>
  Array.from({ length: size }, (_, i) => (i % 5 === 0 ? 2 ** 25 + 1 - i : (i % 11) - 5));

/** Runs computations on both backends and expects the same of both. */
export async function expectSame(
  computations: Computations,
  inputs: readonly Given[],
  { relative = 1e-6, absolute = 1e-37, fallbacks = [] }: Expectation = {},
): Promise<void> {
  const expected = await run("cpu", computations, inputs);
  const before = onnxBackendReport().fallbacks;
  const actual = await run("onnx", computations, inputs);
  for (const [name, { values, ...rest }] of Object.entries(expected)) {
    const { values: got, ...gotRest } = actual[name]!;
    const text = JSON.stringify(inputs.map(({ values, ...input }) => input));
    expect(gotRest, `${name} of ${text}`).toEqual(rest);
    const wrong = [...values].flatMap((value, i) =>
      isSame(value, got[i]!, relative, absolute)
        ? []
        : [`[${i}] of ${inputs.map((input) => input.values[i])}: ${value} on cpu, ${got[i]} on onnx`],
    );
    expect(wrong.slice(0, 5), `${wrong.length} elements of ${name} of ${text}`).toEqual([]);
  }
  const after = Object.entries(onnxBackendReport().fallbacks);
  const fell = after.filter(([name, count]) => count !== before[name]).map(([name]) => name);
  expect(fell.sort(), "CPU kernels").toEqual([...fallbacks].sort());
}

function isSame(expected: number, actual: number, relative: number, absolute: number): boolean {
  if (expected === actual || (Number.isNaN(expected) && Number.isNaN(actual))) return true;
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) return false;
  return Math.abs(expected - actual) <= relative * Math.abs(expected) + absolute;
}

async function run(backend: "cpu" | "onnx", computations: Computations, inputs: readonly Given[]) {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const tensors = inputs.map(tensorOf);
    const outputs = Object.entries(computations).map(
      ([name, compute]) => [name, compute(...tensors)] as const,
    );
    return Object.fromEntries(
      outputs.map(([name, y]) => [name, { shape: y.shape, dtype: y.dtype, values: y.dataSync() }]),
    );
  });
  expect(tf.memory().numTensors).toBe(before);
  return results;
}

/** The tensor; on the ONNX backend as its source says. */
function tensorOf({
  shape,
  values,
  dtype = "float32",
  order = "rows",
  repeated = [],
  remainder,
}: Given): tf.Tensor {
  let x = tf.tensor(Array.from(values), [...shape], dtype);
  if (repeated.length > 0) {
    const kept = shape.map((length, axis) => (repeated.includes(axis) ? 1 : length));
    x = tf.slice(x, new Array<number>(shape.length).fill(0), kept);
  }
  const backend = tf.backend();
  if (backend instanceof OnnxBackend && (order !== "rows" || remainder)) {
    x = recorded(backend, x, order, dtype, !!remainder);
  } else if (remainder) x = tf.add(tf.sub(x, 1), 1);
  return repeated.length > 0 ? tf.broadcastTo(x, [...shape] as [number]) : x;
}

/** The tensor in an order, or as one less with 1 that remains to be added. */
function recorded(
  backend: OnnxBackend,
  x: tf.Tensor,
  order: Order,
  dtype: OnnxType,
  remainder: boolean,
): tf.Tensor {
  const { shape } = x;
  const info = backend.record({
    key: `test ${order} ${remainder}`,
    inputs: [x],
    shape,
    dtype,
    emit(graph, [given]) {
      if (!remainder) return new Value(graph.named(given!, order), dtype, shape, order);
      const less = graph.op("Sub", [graph.named(given!, "planes"), graph.scalar(1)]);
      const value = new Value(less, dtype, shape, "planes");
      const [scale, shift] = [graph.vector(0, shape[3]!), graph.vector(1, shape[3]!)];
      value.remainder = { of: given!, scale, shift };
      return value;
    },
  });
  return tf.engine().makeTensorFromTensorInfo(info);
}
