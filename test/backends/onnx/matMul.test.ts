import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useBackend } from "radiolucent";
import { beforeAll, describe, expect, it } from "vitest";
import { Graph } from "../../../src/backends/onnx/graph/graph.js";
import { Value } from "../../../src/backends/onnx/graph/value.js";
import { emitActivation, hasActivation } from "../../../src/backends/onnx/kernels/activation.js";
import { expectSame, type Given, normals, special } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const given = (seed: string, shape: readonly number[], rest: Partial<Given> = {}): Given => ({
  shape,
  values: normals(seed, sizeOf(shape)),
  ...rest,
});

const transpositions = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

/** A matrix [rows, columns] in a stack, or its transpose. */
const matrix = (batch: readonly number[], rows: number, columns: number, transpose: boolean): number[] =>
  transpose ? [...batch, columns, rows] : [...batch, rows, columns];

const precision = { relative: 1e-5, absolute: 1e-4 };

describe("products", () => {
  for (const [transposeA, transposeB] of transpositions) {
    const name = `${transposeA ? "a^T" : "a"} ${transposeB ? "b^T" : "b"}`;
    const product = { matMul: (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB) };
    it(`${name} of matrices`, async () => {
      for (const [m, k, n] of [
        [1, 1, 1],
        [1, 7, 16],
        [3, 5, 33],
        [16, 64, 1],
        [5, 1000, 14],
      ] as const) {
        const a = given("a", matrix([], m, k, transposeA));
        await expectSame(product, [a, given("b", matrix([], k, n, transposeB))], precision);
      }
    });
    it(`${name} of stacks that broadcast`, async () => {
      const stacks = [
        [[2], [2]],
        [[1], [3]],
        [[2], []],
        [[], [2, 3]],
        [[2, 3], [3]],
        [
          [2, 3],
          [2, 3],
        ],
      ] as const;
      for (const [left, right] of stacks) {
        const a = given("a", matrix(left, 3, 4, transposeA));
        await expectSame(product, [a, given("b", matrix(right, 4, 5, transposeB))], precision);
      }
    });
    it(`${name} of whole numbers`, () =>
      expectSame(product, [
        {
          shape: matrix([2], 3, 4, transposeA),
          values: Array.from({ length: 24 }, (_, i) => i - 9),
          dtype: "int32",
        },
        {
          shape: matrix([], 4, 2, transposeB),
          values: Array.from({ length: 8 }, (_, i) => 3 - i),
          dtype: "int32",
        },
      ]));
    it(`${name} with special numbers in one row`, async () => {
      for (const value of special.filter((x) => !(Math.abs(x) > 1e5) || !Number.isFinite(x))) {
        for (const k of [1, 7, 33]) {
          const a = given("a", matrix([], 3, k, transposeA));
          const values = Array.from(a.values);
          values[a.values.length - 1] = value;
          await expectSame(product, [{ ...a, values }, given("b", matrix([], k, 17, transposeB))], precision);
        }
      }
    });
    it(`${name} in any order in memory`, () => {
      const source = (rank: number) =>
        fc.record({
          order: rank === 4 ? fc.constantFrom("rows", "planes", "filter") : fc.constant("rows" as const),
          repeated: fc.subarray(Array.from({ length: rank }, (_, axis) => axis)),
        });
      const batch = fc.constantFrom<number[]>([], [2], [2, 3]);
      return fc.assert(
        fc.asyncProperty(
          batch.chain((stack) =>
            fc.tuple(fc.constant(stack), source(stack.length + 2), source(stack.length + 2)),
          ),
          ([stack, a, b]) =>
            expectSame(
              product,
              [
                given("a", matrix(stack, 3, 4, transposeA), a),
                given("b", matrix(stack, 4, 2, transposeB), b),
              ],
              precision,
            ),
        ),
        { numRuns: 20 },
      );
    });
  }

  it("stacks both of which broadcast, which the CPU's kernel gets wrong", async () => {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const [a, b] = [tf.tensor([1, 2], [2, 1, 1, 1]), tf.tensor([3, 4, 5], [1, 3, 1, 1])];
      expect([...tf.matMul(a, b).dataSync()]).toEqual([3, 4, 5, 6, 8, 10]);
    });
  });

  it("throws where matrices do not go together, as TensorFlow.js does", async () => {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const [a, b] = [tf.ones([2, 3]), tf.ones([2, 3])];
      expect(() => tf.matMul(a, b)).toThrow("inner shapes (3) and (2)");
      expect(() => tf.fused.matMul({ a, b })).toThrow("inner shapes (3) and (2)");
      expect(() => tf.matMul(tf.ones([3]), b)).toThrow();
    });
  });

  it("gradients", () =>
    expectSame(
      Object.fromEntries(
        transpositions.flatMap(([transposeA, transposeB]) => {
          const f = (a: tf.Tensor, b: tf.Tensor) => {
            const [x, y] = [transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b];
            return tf.sum(tf.square(tf.matMul(x, y, transposeA, transposeB)));
          };
          return [0, 1].map((i) => [
            `${transposeA} ${transposeB} ${i}`,
            (a: tf.Tensor, b: tf.Tensor) => tf.grads(f)([a, b])[i]!,
          ]);
        }),
      ),
      [given("a", [5, 7]), given("b", [7, 3])],
      precision,
    ));
});

describe("products with a bias and an activation", () => {
  const activations = [undefined, "linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const;
  for (const activation of activations) {
    it(`${activation}`, async () => {
      const fused =
        (transposeA: boolean, transposeB: boolean, slopes?: readonly number[]) =>
        (a: tf.Tensor, b: tf.Tensor, bias?: tf.Tensor) =>
          tf.fused.matMul({
            a,
            b,
            transposeA,
            transposeB,
            ...(bias && { bias }),
            ...(activation && { activation }),
            ...(activation === "leakyrelu" && { leakyreluAlpha: 0.3 }),
            ...(slopes && { preluActivationWeights: tf.fill([...slopes], 0.25) }),
          });
      for (const [transposeA, transposeB] of transpositions) {
        for (const stack of [[], [2]]) {
          const slopes = activation === "prelu" ? [5] : undefined;
          const f = fused(transposeA, transposeB, slopes);
          const a = given("a", matrix(stack, 3, 4, transposeA));
          const b = given("b", matrix(stack, 4, 5, transposeB));
          const biases = [[5], [1, 5], [3, 5], []].map((shape) => given("bias", shape));
          await expectSame(
            { none: (a, b) => f(a, b), bias: (a, b, bias) => f(a, b, bias) },
            [a, b, biases[0]!],
            precision,
          );
          for (const bias of biases.slice(1)) await expectSame({ bias: f as never }, [a, b, bias], precision);
        }
      }
      const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
      const bias: Given = { shape: [5], values };
      const f = fused(false, false, activation === "prelu" ? [5] : undefined);
      await expectSame({ special: f as never }, [given("a", [3, 4]), given("b", [4, 5]), bias], precision);
    });
  }
  it("a repeated bias", () =>
    expectSame(
      { matMul: (a, b) => tf.fused.matMul({ a, b, bias: tf.fill([5], 2) }) },
      [given("a", [3, 4]), given("b", [4, 5])],
      precision,
    ));
});

describe("activations for other fused kernels", () => {
  it("names those that have an ONNX form", () => {
    expect(
      ["relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu", "linear", undefined].map(hasActivation),
    ).not.toContain(false);
    expect(hasActivation("swish")).toBe(false);
  });
  it("keeps the order in memory", () => {
    const graph = new Graph({ portable: true, channelBlock: 0, recompute: false });
    const value = new Value("x", "float32", [2, 3, 4, 5], "planes");
    const slopes = new Value("alpha", "float32", [5]);
    for (const activation of ["relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"]) {
      const { shape, order } = emitActivation(graph, value, activation, slopes, 0.1);
      expect({ shape, order }).toEqual({ shape: [2, 3, 4, 5], order: "planes" });
    }
    expect(emitActivation(graph, value, undefined)).toBe(value);
    expect(emitActivation(graph, value, "linear")).toBe(value);
  });
});
