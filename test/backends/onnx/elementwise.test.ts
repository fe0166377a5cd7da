import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useBackend } from "radiolucent";
import { beforeAll, describe, expect, it } from "vitest";
import { type Computations, expectSame, type Given, integers, normals, special } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

/** Lengths below, at and beyond the width of vector instructions. */
const lengths = [1, 7, 16, 33, 1000];

/** Vectors of a length that together hold all special numbers, each near the beginning and at the end. */
function vectors(length: number): Given[] {
  const random = normals("elementwise", 1000).map((x) => x * 8);
  const chunks = length === 1 ? special.length : Math.max(2, Math.ceil((2 * special.length) / length));
  return Array.from({ length: chunks }, (_, i) => {
    const values = Array.from({ length }, (_, j) => {
      const at = i * length + j;
      return at < 2 * special.length || length === 1 ? special[at % special.length]! : random[at % 1000]!;
    });
    return { shape: [length], values };
  });
}

const floats: Computations = {
  abs: tf.abs,
  neg: tf.neg,
  sign: tf.sign,
  square: tf.square,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  reciprocal: tf.reciprocal,
  exp: tf.exp,
  expm1: tf.expm1,
  log: tf.log,
  log1p: tf.log1p,
  floor: tf.floor,
  ceil: tf.ceil,
  round: tf.round,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  sin: tf.sin,
  cos: tf.cos,
  tan: tf.tan,
  asin: tf.asin,
  acos: tf.acos,
  atan: tf.atan,
  sinh: tf.sinh,
  cosh: tf.cosh,
  asinh: tf.asinh,
  acosh: tf.acosh,
  atanh: tf.atanh,
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
  "leakyRelu 0": (x) => tf.leakyRelu(x, 0),
  "leakyRelu -2": (x) => tf.leakyRelu(x, -2),
  softplus: tf.softplus,
  clip: (x) => tf.clipByValue(x, -0.1, 2.5),
  "clip infinite": (x) => tf.clipByValue(x, Number.NEGATIVE_INFINITY, 1),
  isNaN: tf.isNaN,
  isInf: tf.isInf,
  isFinite: tf.isFinite,
  "to int32": (x) => tf.cast(x, "int32"),
  "to bool": (x) => tf.cast(x, "bool"),
  identity: (x) => tf.clone(x),
};

describe("kernels on each number of one tensor", () => {
  for (const length of lengths) {
    it(`${length} numbers, special ones among them`, async () => {
      for (const x of vectors(length)) {
        await expectSame(floats, [x]);
        // Not beside relu, from which it is taken where it can be, then with denormal numbers as zeros.
        await expectSame({ step: (x) => tf.step(x), "step -1": (x) => tf.step(x, -1) }, [x]);
      }
    });
  }

  it("written over what nobody has any more", async () => {
    await tf.setBackend("onnx");
    const values = vectors(33)[0]!.values as number[];
    const run = (f: (x: tf.Tensor) => tf.Tensor, keep: boolean) =>
      tf.tidy(() => {
        const x = tf.neg(tf.tensor1d(values));
        x.dataSync();
        const y = f(x);
        if (!keep) x.dispose();
        return [...y.dataSync()];
      });
    for (const [name, f] of Object.entries(floats)) expect(run(f, false), name).toEqual(run(f, true));
  });

  it("elu and selu to the precision that the CPU's e^x - 1 has", async () => {
    for (const x of vectors(33)) await expectSame({ elu: tf.elu, selu: tf.selu }, [x], { absolute: 1e-7 });
  });

  it("erf to the precision of the CPU's approximation (Abramowitz and Stegun 7.1.26)", async () => {
    for (const x of vectors(33)) await expectSame({ erf: tf.erf }, [x], { absolute: 2e-7 });
  });

  it("log1p and expm1 keep all digits near 0", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -0.9, max: 0.9, noNaN: true }), { minLength: 20, maxLength: 20 }),
        fc.integer({ min: 0, max: 12 }),
        (numbers, digits) =>
          expectSame({ log1p: tf.log1p, expm1: tf.expm1 }, [
            { shape: [20], values: numbers.map((x) => x * 10 ** -digits) },
          ]),
      ),
      { numRuns: 100 },
    ));

  it("sigmoid and softplus keep all digits of small results", () =>
    expectSame({ sigmoid: tf.sigmoid, softplus: tf.softplus }, [
      { shape: [100], values: Array.from({ length: 100 }, (_, i) => -85 + i) },
    ]));

  it("whole numbers", () =>
    expectSame(
      {
        abs: tf.abs,
        neg: tf.neg,
        sign: tf.sign,
        relu: tf.relu,
        relu6: tf.relu6,
        clip: (x) => tf.clipByValue(x, -2.5, 3.5),
        round: tf.round,
        "to float": (x) => tf.cast(x, "float32"),
        "to bool": (x) => tf.cast(x, "bool"),
      },
      // Absolute values of larger ones are rounded to float32 on the CPU.
      [{ shape: [33], values: integers(33).map((x) => x % 2 ** 24), dtype: "int32" }],
    ));

  it("truth values", () =>
    expectSame(
      { not: tf.logicalNot, "to float": (x) => tf.cast(x, "float32"), "to int": (x) => tf.cast(x, "int32") },
      [{ shape: [5], values: [0, 1, 1, 0, 1], dtype: "bool" }],
    ));
});

describe("gradients", () => {
  const gradientOf = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) =>
    tf.grad((x) => tf.sum(tf.mul(f(x), x)))(x);
  const differentiable = Object.entries(floats).filter(
    ([name]) => !/^(sign|floor|ceil|round|is|to|acosh|asin|acos|atanh|tan$)/.test(name),
  );
  it("of kernels on one tensor", () =>
    expectSame(
      Object.fromEntries(differentiable.map(([name, f]) => [name, gradientOf(f)])),
      [{ shape: [33], values: normals("x", 33).map((x) => Math.abs(x) + 0.1) }],
      { relative: 1e-5, absolute: 1e-6 },
    ));
});
