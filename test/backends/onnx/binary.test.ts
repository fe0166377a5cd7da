import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useBackend } from "radiolucent";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Computations,
  expectSame,
  type Given,
  integers,
  normals,
  type Source,
  special,
} from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

const kernel = (
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: object = {},
): tf.Tensor => tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);

/** All pairs of special numbers. */
const pairs: readonly Given[] = [
  { shape: [special.length ** 2], values: special.flatMap((x) => special.map(() => x)) },
  { shape: [special.length ** 2], values: special.flatMap(() => special) },
];

const arithmetic: Computations = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  mod: tf.mod,
  floorDiv: tf.floorDiv,
};

const real: Computations = {
  div: tf.div,
  pow: tf.pow,
  prelu: tf.prelu,
  eluGrad: (dy, y) => kernel("EluGrad", { dy, y }),
};

const comparing: Computations = {
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  equal: tf.equal,
  notEqual: tf.notEqual,
};

describe("kernels on each two numbers of two tensors", () => {
  it("all pairs of special numbers", () => expectSame({ ...arithmetic, ...real, ...comparing }, pairs));

  it("whole numbers, zeros among the divisors", () =>
    expectSame({ ...arithmetic, ...comparing, addN: (a, b) => tf.addN([a, b, a]) }, [
      { shape: [33], values: integers(33).map((x) => x % 2 ** 12), dtype: "int32" },
      {
        shape: [33],
        values: integers(33)
          .reverse()
          .map((x) => x % 2 ** 12),
        dtype: "int32",
      },
    ]));

  it("truth values", () =>
    expectSame(
      {
        and: tf.logicalAnd,
        or: tf.logicalOr,
        xor: tf.logicalXor,
        equal: tf.equal,
        notEqual: tf.notEqual,
        where: (a, b) => tf.where(a, b, tf.logicalNot(b)),
      },
      [
        { shape: [4], values: [0, 0, 1, 1], dtype: "bool" },
        { shape: [4], values: [0, 1, 0, 1], dtype: "bool" },
      ],
    ));

  it("powers of a known number", () =>
    expectSame(
      Object.fromEntries(
        [2, 3, 0.5, -1, 0, 1.7, Number.NaN].map((b) => [`x^${b}`, (x: tf.Tensor) => tf.pow(x, b)]),
      ),
      [pairs[0]!],
    ));

  it("sums of several tensors", () =>
    expectSame({ sum: (a, b) => tf.addN([a, b, a]), one: (a) => tf.addN([a]) }, [
      { shape: [7], values: normals("a", 7) },
      { shape: [7], values: normals("b", 7) },
    ]));

  it("zeros that are taken away and ones that divide change nothing", () =>
    expectSame(
      {
        sub: (x) => tf.sub(x, tf.zerosLike(x)),
        wider: (x) => tf.sub(x, tf.zeros([2, 7])),
        div: (x) => tf.div(x, tf.onesLike(x)),
        cast: (x) => tf.add(tf.cast(tf.zeros([7], "int32"), "float32"), x),
      },
      [{ shape: [7], values: special.slice(0, 7) }],
    ));

  it("what has no ONNX form runs as CPU kernels", () =>
    expectSame(
      { atan2: tf.atan2, pow: (a, b) => tf.pow(tf.cast(a, "int32"), tf.cast(tf.abs(b), "int32")) },
      [
        { shape: [7], values: normals("a", 7) },
        { shape: [7], values: normals("b", 7) },
      ],
      { fallbacks: ["Atan2", "Pow"] },
    ));
});

describe("Select", () => {
  const condition: Given = { shape: [2, 3], values: [0, 1, 0, 1, 1, 0], dtype: "bool" };
  it("takes elements by a condition of the same shape, NaN only where it is chosen", () =>
    expectSame(
      { where: (c, a, b) => tf.where(c, a, b), int: (c, a) => tf.where(c, tf.cast(a, "int32"), 7) },
      [
        condition,
        { shape: [2, 3], values: [Number.NaN, 1, 2, 3, Number.NaN, 5] },
        { shape: [2, 3], values: [6, Number.NaN, 8, 9, 10, Number.NEGATIVE_INFINITY] },
      ],
    ));
  it("broadcasts", () =>
    expectSame({ where: (c, a, b) => tf.where(c, a, b) }, [
      { shape: [3], values: [0, 1, 0], dtype: "bool" },
      { shape: [2, 1], values: [1, 2] },
      { shape: [], values: [3] },
    ]));
  it("takes rows by a condition of one axis", async () => {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const [t, e] = [tf.ones([2, 3]), tf.zeros([2, 3])];
      const rows = kernel("Select", { condition: tf.tensor1d([0, 1], "bool"), t, e });
      expect(rows.arraySync()).toEqual([
        [0, 0, 0],
        [1, 1, 1],
      ]);
    });
  });
});

describe("broadcasting, in any order in memory", () => {
  const length = fc.integer({ min: 1, max: 4 });
  const source = (rank: number): fc.Arbitrary<Source> =>
    fc.record({
      order: rank === 4 ? fc.constantFrom("rows", "planes", "filter") : fc.constant("rows" as const),
      repeated: fc.subarray(Array.from({ length: rank }, (_, axis) => axis)),
    });
  const given = (shape: readonly number[], seed: string): fc.Arbitrary<Given> => {
    const size = shape.reduce((a, b) => a * b, 1);
    return source(shape.length).map((source) => ({ shape, values: normals(seed, size), ...source }));
  };
  /** Two shapes that broadcast: parts of one, with some axes of length 1. */
  const twoShapes = fc.array(length, { maxLength: 4 }).chain((shape) => {
    const part = fc
      .tuple(
        fc.integer({ min: 0, max: shape.length }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      )
      .map(([from, ones]) => shape.slice(from).map((length, i) => (ones[i] ? 1 : length)));
    return fc.tuple(part, part);
  });
  it("two tensors", () =>
    fc.assert(
      fc.asyncProperty(
        twoShapes.chain(([a, b]) => fc.tuple(given(a, "a"), given(b, "b"))),
        (inputs) =>
          expectSame({ sub: tf.sub, max: tf.maximum, prelu: tf.prelu, less: tf.less, mul: tf.mul }, inputs),
      ),
      { numRuns: 60 },
    ));

  it("a condition and two tensors", () =>
    fc.assert(
      fc.asyncProperty(
        twoShapes.chain(([a, b]) => fc.tuple(given(a, "a"), given(b, "b"))),
        ([a, b]) => expectSame({ where: (x, y) => tf.where(tf.greater(x, 0), x, y) }, [a, b]),
      ),
      { numRuns: 30 },
    ));

  it("what remains to be added is added", async () => {
    const x: Given = { shape: [2, 2, 3, 4], values: normals("x", 48), remainder: true };
    const y: Given = { shape: [4], values: normals("y", 4) };
    await expectSame(
      { exp: tf.exp, isNaN: tf.isNaN, sub: tf.sub, where: (x, y) => tf.where(tf.less(x, y), x, y) },
      [x, y],
      {
        absolute: 1e-6,
      },
    );
  });
});

describe("gradients", () => {
  it("of kernels on two tensors", async () => {
    const gradientsOf = (computations: Computations): Computations =>
      Object.fromEntries(
        Object.entries(computations).map(([name, f]) => [
          name,
          (a: tf.Tensor, b: tf.Tensor) => tf.grad((b) => tf.sum(f(a, b)))(b),
        ]),
      );
    const a: Given = { shape: [5, 7], values: normals("a", 35).map(Math.abs) };
    const expectation = { relative: 1e-5, absolute: 1e-5 };
    const { sub, div, pow, prelu, squaredDifference, maximum, minimum } = tf;
    const vector: Given = { shape: [7], values: normals("b", 7) };
    await expectSame(gradientsOf({ sub, div, pow, prelu }), [a, vector], expectation);
    const image: Given = { shape: [5, 7], values: normals("b", 35) };
    await expectSame(gradientsOf({ squaredDifference, maximum, minimum }), [a, image], expectation);
  });
});
