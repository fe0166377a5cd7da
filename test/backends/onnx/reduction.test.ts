import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useBackend } from "radiolucent";
import { beforeAll, describe, it } from "vitest";
import { type Computations, expectSame, type Given, integers, normals, special } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

type Axes = number[] | undefined;

const numbers = (axes: Axes, keepDims: boolean): Computations => ({
  sum: (x) => tf.sum(x, axes, keepDims),
  mean: (x) => tf.mean(x, axes, keepDims),
  max: (x) => tf.max(x, axes, keepDims),
  min: (x) => tf.min(x, axes, keepDims),
  prod: (x) => tf.prod(x, axes, keepDims),
});

const truths = (axes: Axes, keepDims: boolean): Computations => ({
  any: (x) => tf.any(x, axes, keepDims),
  all: (x) => tf.all(x, axes, keepDims),
  sum: (x) => tf.sum(x, axes, keepDims),
  mean: (x) => tf.mean(x, axes, keepDims),
});

const along = (axis: number): Computations => ({
  argMax: (x) => tf.argMax(x, axis),
  argMin: (x) => tf.argMin(x, axis),
  cumsum: (x) => tf.cumsum(x, axis),
  "cumsum exclusive": (x) => tf.cumsum(x, axis, true),
  "cumsum reverse": (x) => tf.cumsum(x, axis, true, true),
});

/** A tensor with any source, and axes of it. */
const reduced = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }).chain((shape) => {
  const axes = Array.from({ length: shape.length }, (_, axis) => axis);
  const size = shape.reduce((a, b) => a * b, 1);
  return fc.record({
    shape: fc.constant(shape),
    values: fc.constant(normals(`reduced ${shape}`, size)),
    order: shape.length === 4 ? fc.constantFrom("rows", "planes", "filter") : fc.constant("rows" as const),
    repeated: fc.subarray(axes),
    axes: fc.subarray(axes),
    negative: fc.boolean(),
    keepDims: fc.boolean(),
  });
});

describe("over any axes, in any order in memory", () => {
  it("numbers", () =>
    fc.assert(
      fc.asyncProperty(reduced, ({ axes, negative, keepDims, ...x }) => {
        const named = axes.map((axis) => (negative ? axis - x.shape.length : axis));
        return expectSame(numbers(named, keepDims), [x], { relative: 1e-5, absolute: 1e-5 });
      }),
      { numRuns: 80 },
    ));

  it("one axis", () =>
    fc.assert(
      fc.asyncProperty(reduced, ({ axes, ...x }) => expectSame(along(axes[0] ?? 0), [x], { absolute: 1e-5 })),
      { numRuns: 60 },
    ));

  it("whole numbers", () =>
    fc.assert(
      fc.asyncProperty(reduced, async ({ axes, keepDims, ...x }) => {
        const given: Given = { ...x, values: integers(x.values.length), dtype: "int32" };
        const { prod, mean, ...exact } = numbers(axes, keepDims);
        await expectSame(exact, [given]);
        // Means of large numbers are rounded to float32 before they are summed.
        await expectSame({ mean: mean! }, [given], { absolute: 4 });
        await expectSame(along(axes[0] ?? 0), [given]);
        // Beyond int32 the cpu backend's own products are rounded: there, factors of 1 and -1 alone.
        const reducedOver = axes.length === 0 ? x.shape.map((_, axis) => axis) : axes;
        const factors = reducedOver.reduce((count, axis) => count * x.shape[axis]!, 1);
        const factor = (n: number) => (factors <= 19 ? (n % 3) + 1 : 1 - 2 * (n & 1));
        await expectSame({ prod: prod! }, [{ ...given, values: integers(x.values.length).map(factor) }]);
      }),
      { numRuns: 40 },
    ));

  it("sums of whole numbers beyond int32, modulo 2^32", async () => {
    const values = Array.from({ length: 576 }, (_, i) => 2 ** 25 + 1 - i);
    const given: Given = { shape: [24, 24], values, order: "rows", repeated: [], dtype: "int32" };
    const sums: Computations = { all: (x) => tf.sum(x), rows: (x) => tf.sum(tf.mul(x, 64), 1) };
    await expectSame(sums, [given]);
  });

  it("truth values", () =>
    fc.assert(
      fc.asyncProperty(reduced, ({ axes, keepDims, ...x }) =>
        expectSame({ ...truths(axes, keepDims), cumsum: (x) => tf.cumsum(x, axes[0] ?? 0) }, [
          { ...x, values: Array.from(x.values, (value) => Number(value > -0.5)), dtype: "bool" },
        ]),
      ),
      { numRuns: 40 },
    ));
});

describe("special numbers", () => {
  const finite = special.filter(
    (x) => Number.isNaN(x) || Math.abs(x) < 1e10 || Math.abs(x) === Number.POSITIVE_INFINITY,
  );
  /** Rows, one in two of which hold one or more special numbers. */
  const rows = (length: number): number[][] =>
    finite.map((x, i) => {
      const row = normals(`row ${i}`, length);
      row[i % length] = x;
      if (i % 3 === 0) row[(i * 7) % length] = finite[(i * 5) % finite.length]!;
      return row;
    });
  for (const length of [1, 2, 7, 16, 33, 100]) {
    it(`among ${length}`, async () => {
      const values = rows(length);
      const expectation = { relative: 1e-5, absolute: 1e-3 };
      const inner: Given = { shape: [values.length, length], values: values.flat() };
      await expectSame({ ...numbers([1], false), ...along(1) }, [inner], expectation);
      const outer: Given = {
        shape: [length, values.length],
        values: values[0]!.flatMap((_, j) => values.map((row) => row[j]!)),
      };
      await expectSame({ ...numbers([0], false), ...along(0) }, [outer], expectation);
      const middle: Given = { ...outer, shape: [1, length, values.length / 3, 3] };
      await expectSame({ ...numbers([1], false), ...along(1) }, [middle], expectation);
      await expectSame(numbers([1], true), [{ ...middle, order: "planes" }], expectation);
    });
  }
  it("over all of a tensor, NaN at any place", async () => {
    for (const length of [1, 7, 16, 33, 1000]) {
      for (const place of [0, length >> 1, length - 1]) {
        const values = normals("all", length);
        values[place] = Number.NaN;
        const { max, min, sum, mean } = numbers(undefined, false);
        await expectSame(
          { max: max!, min: min!, sum: sum!, mean: mean!, ...along(0) },
          [{ shape: [length], values }],
          { relative: 1e-5, absolute: 1e-5 },
        );
      }
    }
  });
});

describe("large tensors", () => {
  const [n, h, w, c] = [4, 24, 24, 16];
  const x: Given = { shape: [n, h, w, c], values: normals("large", n * h * w * c) };
  const cases: Axes[] = [[0, 1, 2], [1, 2], [3], [0], [1, 3], undefined];
  for (const order of ["rows", "planes"] as const) {
    it(`sums in ${order} are those of float64 to 1e-4`, async () => {
      for (const axes of cases) {
        const { sum, mean, max, min } = numbers(axes, false);
        await expectSame({ sum: sum!, mean: mean!, max: max!, min: min! }, [{ ...x, order }], {
          absolute: 1e-4,
          relative: 1e-5,
        });
      }
    });
  }
});

describe("what nothing or one number is left of", () => {
  it("the sum of numbers that are all the same counts them", () =>
    expectSame(
      {
        sum: () => tf.sum(tf.fill([3, 4], 2), 1),
        all: () => tf.sum(tf.ones([3, 4])),
        zero: (x) => tf.add(x, tf.sum(tf.zeros([3, 4]), 1)),
        mean: (x) => tf.mul(x, tf.mean(tf.ones([3, 4]), 1)),
        max: (x) => tf.mul(x, tf.max(tf.ones([3, 4]), 1)),
        wholes: () => tf.sum(tf.fill([5], 3, "int32")),
      },
      [{ shape: [3], values: [1, 2, 3] }],
    ));
  it("axes of length 1 are left out", () =>
    expectSame(
      {
        ...numbers([1, 3], false),
        a: (x) => tf.argMax(x, 1),
        s: (x) => tf.sum(x, []),
        m: (x) => tf.exp(tf.max(x, [1], true)),
      },
      [{ shape: [2, 1, 3, 1], values: normals("ones", 6) }],
    ));
  it("single numbers", () => expectSame(numbers(undefined, false), [{ shape: [], values: [3.5] }]));
  it("tensors without elements are left to the CPU's kernels", () =>
    expectSame({ sum: (x) => tf.sum(x), max: (x) => tf.max(x, 0) }, [{ shape: [2, 0], values: [] }], {
      fallbacks: ["Max", "Sum"],
    }));
});

describe("softmax", () => {
  const rows = [
    ...[
      [1, 2, 3],
      [1000, 0, -1000],
      [Number.NaN, 1, 2],
      [1, Number.NaN, 2],
      [Number.POSITIVE_INFINITY, 1, 2],
    ],
    ...[
      [Number.NEGATIVE_INFINITY, 1, 2],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ],
    ...[[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]],
  ];
  const both: Computations = { softmax: (x) => tf.softmax(x), logSoftmax: (x) => tf.logSoftmax(x) };
  it("of special numbers", async () => {
    await expectSame(both, [{ shape: [rows.length, 3], values: rows.flat() }]);
    const image: Given = { shape: [1, 2, rows.length / 2, 3], values: rows.flat() };
    await expectSame(both, [{ ...image, order: "planes" }]);
  });
  it("of any length, in any order in memory", () =>
    fc.assert(
      fc.asyncProperty(reduced, ({ axes: _, ...x }) => expectSame(both, [x], { absolute: 1e-6 })),
      { numRuns: 40 },
    ));
  it("of 1, 7, 16, 33 and 1000 classes", async () => {
    for (const length of [1, 7, 16, 33, 1000]) {
      await expectSame(both, [{ shape: [2, length], values: normals("classes", 2 * length) }], {
        absolute: 1e-6,
      });
    }
  });
});

describe("gradients", () => {
  const gradientOf =
    (f: (x: tf.Tensor) => tf.Tensor) =>
    (x: tf.Tensor): tf.Tensor =>
      tf.grad((x) => tf.sum(tf.square(f(x))))(x);
  it("of reductions and softmax", () =>
    expectSame(
      {
        sum: gradientOf((x) => tf.sum(x, [1, 2])),
        mean: gradientOf((x) => tf.mean(x, [0, 3])),
        all: gradientOf((x) => tf.mean(x)),
        max: gradientOf((x) => tf.max(x, 3)),
        min: gradientOf((x) => tf.min(x, [1, 2], true)),
        cumsum: gradientOf((x) => tf.cumsum(x, 3)),
        softmax: gradientOf((x) => tf.softmax(x)),
        logSoftmax: gradientOf((x) => tf.logSoftmax(x)),
      },
      [{ shape: [2, 3, 4, 5], values: normals("gradients", 120), order: "planes" }],
      { relative: 1e-5, absolute: 1e-5 },
    ));
});
