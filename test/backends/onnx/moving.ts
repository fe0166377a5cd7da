import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients.
import "@tensorflow/tfjs-layers";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { expect } from "vitest";
import { OnnxBackend } from "../../../src/backends/onnx/backend.js";
import { writeGraph } from "../../../src/backends/onnx/compile.js";
import { type Order, Value } from "../../../src/backends/onnx/graph/value.js";
import { planFor } from "../../../src/backends/onnx/plan.js";

/** Types of tensors. */
export type Type = "float32" | "int32" | "bool";

/** How the tensors that a kernel is given come about, which decides how they lie in memory on the ONNX backend. */
type Source = "there" | "planes" | "filter" | "remainder" | "repeated" | "repeated planes" | "filled";

/** What is computed; the same on both backends. */
export type Computation = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** Kernels that run as CPU kernels would also be equal: none of these may. */
const written =
  "Reshape ExpandDims Transpose Tile Fill ZerosLike OnesLike Range LinSpace Concat Pack Unpack Slice StridedSlice SplitV PadV2 MirrorPad Reverse GatherV2 GatherNd ScatterNd OneHot SpaceToBatchND BatchToSpaceND DepthToSpace UnsortedSegmentSum".split(
    " ",
  );

/** Computes on the CPU backend and on the ONNX backend, from inputs of all types and sources, and expects equal results. */
export async function expectSameOnBoth(
  compute: Computation,
  shapes: readonly (readonly number[])[],
  types: readonly Type[] = ["float32", "int32", "bool"],
  /** Whether all results must run on ONNX Runtime. */
  hasForm = true,
): Promise<void> {
  const cases = types.flatMap((type) => sourcesOf(shapes, type).map((source) => ({ type, source })));
  const expected = await run("cpu", compute, shapes, cases);
  const before = fallbacks();
  const actual = await run("onnx", compute, shapes, cases);
  expect(actual).toEqual(expected);
  if (hasForm) expect(fallbacks()).toEqual(before);
}

/** The gradients of a computation with respect to all its inputs, each result weighted by a number of its own. */
export const gradientsOf =
  (compute: Computation): Computation =>
  (...inputs) =>
    tf.grads((...given: tf.Tensor[]) => {
      const sums = [compute(...given)].flat().map((result, i) => {
        const weights = tf.reshape(tf.range(i + 1, i + 1 + result.size, 1), result.shape);
        return tf.sum(tf.mul(result, weights));
      });
      return tf.addN(sums);
    })(inputs);

function sourcesOf(shapes: readonly (readonly number[])[], type: Type): readonly Source[] {
  const sources: Source[] = ["there", "filled"];
  if (shapes.some((shape) => shape.some((length) => length > 1))) sources.push("repeated");
  if (!shapes.some((shape) => shape.length === 4)) return sources;
  return [
    ...sources,
    "planes",
    "filter",
    "repeated planes",
    ...(type === "float32" ? ["remainder" as const] : []),
  ];
}

/** The results of all cases, which the ONNX backend computes together. */
async function run(
  backend: "cpu" | "onnx",
  compute: Computation,
  shapes: readonly (readonly number[])[],
  cases: readonly { readonly type: Type; readonly source: Source }[],
) {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const computed = cases.map(({ type, source }) =>
      [compute(...shapes.map((shape, i) => input(shape, i, type, source)))].flat(),
    );
    return computed.map((tensors, i) => ({
      ...cases[i]!,
      results: tensors.map((result) => ({
        shape: result.shape,
        dtype: result.dtype,
        values: [...result.dataSync()],
      })),
    }));
  });
  expect(tf.memory().numTensors).toBe(before);
  return results;
}

function input(shape: readonly number[], index: number, type: Type, source: Source): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  if (source === "filled") return tf.fill([...shape], type === "bool" ? 1 : 3, type);
  const number = (i: number): number => {
    if (type === "bool") return ((i + index) * 7) % 3 === 0 ? 1 : 0;
    if (type === "int32") return 2 ** 25 + 1 + 10_000 * index - i;
    // Sums of these are exact. Zeros are negative, but where something remains to be added.
    if (i % 7 === 3) return source === "remainder" ? 0 : -0;
    return i - 5 + 100 * index;
  };
  const values = Array.from({ length: size }, (_, i) => number(i));
  const x = tf.tensor(values, [...shape], type);
  switch (source) {
    case "planes":
    case "filter":
      return ordered(x, source);
    case "remainder":
      return withRemainder(x);
    case "repeated":
    case "repeated planes": {
      // Every other axis, another one for each input.
      const kept = shape.map((length, axis) => ((axis + index) % 2 === 0 ? 1 : length));
      const part = tf.slice(x, new Array<number>(shape.length).fill(0), kept);
      return tf.broadcastTo(source === "repeated" ? part : ordered(part, "planes"), [
        ...shape,
      ] as tf.ShapeMap[tf.Rank]);
    }
    default:
      return x;
  }
}

/** The tensor in another order in memory. */
export function ordered(x: tf.Tensor, order: Order): tf.Tensor {
  const backend = tf.backend();
  if (!(backend instanceof OnnxBackend) || x.rank !== 4) return x;
  const { shape } = x;
  const dtype = x.dtype as Type;
  return asTensor(
    backend.record({
      key: `test ${order}`,
      inputs: [x],
      shape,
      dtype,
      emit: (graph, [value]) => new Value(graph.named(value!, order), dtype, shape, order),
    }),
  );
}

/** The tensor as one less with 1 that remains to be added. */
function withRemainder(x: tf.Tensor): tf.Tensor {
  const backend = tf.backend();
  if (!(backend instanceof OnnxBackend) || x.rank !== 4) return x;
  const { shape } = x;
  return asTensor(
    backend.record({
      key: "test remainder",
      inputs: [x],
      shape,
      dtype: "float32",
      emit(graph, [value]) {
        const less = graph.op("Sub", [graph.named(value!, "planes"), graph.scalar(1)]);
        const result = new Value(less, "float32", shape, "planes");
        const [scale, shift] = [graph.vector(0, shape[3]!), graph.vector(1, shape[3]!)];
        result.remainder = { of: value!, scale, shift };
        return result;
      },
    }),
  );
}

/** The operations that move elements to compute tensors, by name; reshaping moves none. */
export function operationsOf(...results: tf.Tensor[]): string[] {
  const backend = tf.backend() as OnnxBackend;
  const target = { portable: false, channelBlock: 0, recompute: false };
  const plan = planFor(results.map((result) => backend.nodeOf(result)));
  const types = writeGraph(plan, target, new Set()).nodes.map(({ type }) => type);
  return types.filter((type) => type !== "Reshape" && type !== "Identity");
}

const asTensor = (info: tf.TensorInfo): tf.Tensor => tf.engine().makeTensorFromTensorInfo(info);

function fallbacks(): Readonly<Record<string, number>> {
  const counts = Object.entries(onnxBackendReport().fallbacks);
  return Object.fromEntries(counts.filter(([kernel]) => written.includes(kernel)));
}
