import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { beforeAll, describe, expect, it } from "vitest";
import { type Computation, expectSameOnBoth, gradientsOf } from "./moving.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

const float = ["float32"] as const;
const numbers = ["float32", "int32"] as const;

/** Whole numbers that are there, and the same ones as they are when they are still to be computed. */
const knownAndNot = (
  use: (as: (values: number[], shape: number[]) => tf.Tensor) => Computation,
): Computation[] => [
  use((values, shape) => tf.tensor(values, shape, "int32")),
  use((values, shape) => {
    const twice = tf.tile(tf.tensor(values, [1, values.length], "int32"), [2, 1]);
    return tf.reshape(tf.slice(tf.reverse(twice, [0]), [0, 0], [1, values.length]), shape);
  }),
];

async function expectBothSame(
  use: (as: (values: number[], shape: number[]) => tf.Tensor) => Computation,
  shapes: readonly (readonly number[])[],
  types?: readonly ("float32" | "int32" | "bool")[],
) {
  for (const computation of knownAndNot(use)) await expectSameOnBoth(computation, shapes, types);
}

describe("GatherV2", () => {
  const shape = [3, 4, 2, 5];
  for (const axis of [0, 1, 2, 3, -1, -3]) {
    it(`axis ${axis}: one index, a list, a table`, () =>
      expectBothSame(
        (as) => (x) => [
          tf.gather(x, as([1], []), axis),
          tf.gather(x, as([1, 0, 1, 1, 0], [5]), axis),
          tf.gather(x, as([0, 1, 1, 0, 1, 0], [2, 3]), axis),
        ],
        [shape],
      ));
  }
  it("of one axis and of five", async () => {
    await expectBothSame((as) => (x) => tf.gather(x, as([4, 0, 3], [3])), [[5]]);
    await expectBothSame((as) => (x) => tf.gather(x, as([1, 0], [2]), 3), [[2, 1, 2, 3, 2]]);
  });
  it("batches", async () => {
    await expectBothSame((as) => (x) => tf.gather(x, as([2, 0, 1, 1, 3, 3], [3, 2]), 1, 1), [[3, 4]]);
    await expectBothSame((as) => (x) => tf.gather(x, as([1, 0, 1], [3]), 2, 1), [shape]);
    await expectBothSame((as) => (x) => tf.gather(x, as([1, 0, 1, 1, 0, 0], [3, 2]), 3, 1), [shape]);
    await expectBothSame((as) => (x) => tf.gather(x, as(new Array(12).fill(1), [3, 4]), 2, 2), [shape]);
    await expectBothSame((as) => (x) => tf.gather(x, as([2, 0], [1, 2]), 1, 1), [[1, 4, 2]]);
  });
  it("refuses indices out of the range at once when they are known, else when values are read", async () => {
    await tf.setBackend("onnx");
    for (const index of [-1, 3]) {
      tf.tidy(() => {
        const x = tf.tensor1d([1, 2, 3]);
        const known = tf.tensor1d([0, index], "int32");
        expect(() => tf.gather(x, known)).toThrow(`the index value ${index} is not in [0, 2]`);
        const result = tf.gather(x, tf.reverse(known));
        expect(() => result.dataSync()).toThrow("indices element out of data bounds");
        const table = tf.reshape(tf.range(0, 6), [2, 3]);
        const batches = tf.gather(table, tf.reshape(tf.reverse(known), [2, 1]), 1, 1);
        result.dispose();
        expect(() => batches.dataSync()).toThrow("indices element out of data bounds");
      });
    }
  });
});

describe("GatherNd", () => {
  it("elements, rows and matrices", () =>
    expectBothSame(
      (as) => (x) => [
        tf.gatherND(x, as([2, 0, 1], [3, 1])),
        tf.gatherND(x, as([2, 0, 1, 3], [2, 2])),
        tf.gatherND(x, as([2, 0, 1, 1, 3, 0, 0, 0, 0], [3, 3])),
        tf.gatherND(x, as([2, 0, 1, 0, 1, 3, 0, 4], [1, 2, 4])),
        tf.gatherND(x, as([1], [1])),
      ],
      [[3, 4, 2, 5]],
    ));
  it("of one axis and of five", async () => {
    await expectBothSame((as) => (x) => tf.gatherND(x, as([4, 0, 3], [3, 1])), [[5]]);
    await expectBothSame((as) => (x) => tf.gatherND(x, as([1, 0, 1, 0, 0, 0], [2, 3])), [[2, 1, 2, 3, 2]]);
  });
  it("refuses indices out of the range", async () => {
    await tf.setBackend("onnx");
    for (const index of [-1, 3]) {
      tf.tidy(() => {
        const x = tf.tensor1d([1, 2, 3]);
        const known = tf.tensor2d([[0], [index]], [2, 1], "int32");
        expect(() => tf.gatherND(x, known)).toThrow(`Invalid indices: ${index} does not index into 3`);
        const result = tf.gatherND(x, tf.reverse(known));
        expect(() => result.dataSync()).toThrow("indices element out of data bounds");
      });
    }
  });
});

describe("ScatterNd", () => {
  it("adds up what has the same index", () =>
    expectBothSame((as) => (x) => tf.scatterND(as([2, 0, 2, 4], [4, 1]), x, [6]), [[4]], numbers));
  it("rows, and matrices of single elements", async () => {
    await expectBothSame(
      (as) => (x) => tf.scatterND(as([2, 0, 2], [3, 1]), x, [4, 2, 3]),
      [[3, 2, 3]],
      numbers,
    );
    await expectBothSame(
      (as) => (x) => tf.scatterND(as([1, 0, 1, 0, 0, 2], [3, 2]), x, [2, 3]),
      [[3]],
      numbers,
    );
    await expectBothSame(
      (as) => (x) => tf.scatterND(as([1, 0, 1, 0], [2, 2]), x, [2, 1, 4]),
      [[2, 4]],
      numbers,
    );
    await expectBothSame((as) => (x) => tf.scatterND(as([1, 0], [2]), x, [3]), [[2]], numbers);
  });
  it("refuses indices out of the range", async () => {
    await tf.setBackend("onnx");
    for (const index of [-1, 3]) {
      tf.tidy(() => {
        const known = tf.tensor2d([[0], [index]], [2, 1], "int32");
        expect(() => tf.scatterND(known, [1, 2], [3])).toThrow(
          `Invalid indices: ${index} does not index into 3`,
        );
        const result = tf.scatterND(tf.reverse(known), tf.tensor1d([1, 2]), [3]);
        expect(() => result.dataSync()).toThrow("out of data bounds");
      });
    }
  });
});

describe("UnsortedSegmentSum", () => {
  it("leaves out what is in no segment", async () => {
    const ids = [3, 0, 3, -1, 2, 7];
    await expectBothSame(
      (as) => (x) => tf.unsortedSegmentSum(x, as(ids, [6]) as tf.Tensor1D, 5),
      [[6]],
      float,
    );
    await expectBothSame(
      (as) => (x) => tf.unsortedSegmentSum(x, as(ids, [6]) as tf.Tensor1D, 5),
      [[6, 3]],
      float,
    );
    await expectBothSame(
      (as) => (x) => tf.unsortedSegmentSum(x, as(ids, [6]) as tf.Tensor1D, 5),
      [[6, 2, 1, 2]],
      float,
    );
  });
  it("all in some segment", () =>
    expectBothSame(
      (as) => (x) => tf.unsortedSegmentSum(x, as([1, 1, 0], [3]) as tf.Tensor1D, 2),
      [[3, 2]],
      float,
    ));
  it("NaN stays in its segment", async () => {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const x = tf.tensor1d([1, Number.NaN, 2]);
      const sums = tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 0], "int32"), 2);
      expect([...sums.dataSync()]).toEqual([3, Number.NaN]);
    });
  });
});

describe("OneHot", () => {
  it("numbers of all types; indices out of the range give no hot one", () =>
    expectBothSame(
      (as) => () => {
        const list = as([0, 2, -1, 3, 1, 2], [6]);
        const table = as([1, 0, 5, 2], [2, 2]);
        return [
          tf.oneHot(list, 3),
          tf.oneHot(table, 4, 1, 0, "float32"),
          tf.oneHot(list, 2, 0.9, -0.1, "float32"),
          tf.oneHot(list, 2, 1, -0, "float32"),
          tf.oneHot(list, 3, 2.7, -1, "int32"),
          tf.oneHot(table, 3, 1, 0, "bool"),
          tf.oneHot(table, 3, 0, 1, "bool"),
          tf.oneHot(table, 3, 5, 5, "float32"),
          tf.oneHot(as([1], []), 2),
        ];
      },
      [],
      float,
    ));
  it("of numbers that are no truth values is left to the CPU's kernel", () =>
    expectSameOnBoth(() => tf.oneHot(tf.tensor1d([1, 0], "int32"), 2, 2, 0, "bool"), [], float, false));
});

describe("gradients", () => {
  for (const axis of [0, 1, 2]) {
    it(`GatherV2 along axis ${axis}`, () =>
      expectSameOnBoth(
        gradientsOf((x) => [
          tf.gather(x, tf.tensor1d([1, 0, 1, 1], "int32"), axis),
          tf.gather(x, tf.tensor2d([0, 1, 1, 0], [2, 2], "int32"), axis),
        ]),
        [[3, 2, 4]],
        float,
      ));
  }
  it("an embedding trains without CPU kernels for gathering and scattering", async () => {
    await tf.setBackend("onnx");
    const { UnsortedSegmentSum, GatherV2 } = onnxBackendReport().fallbacks;
    const gradient = tf.tidy(() => {
      const table = tf.reshape(tf.range(0, 12), [4, 3]);
      const words = tf.tensor2d([3, 1, 1, 3, 3, 0], [2, 3], "int32");
      return tf
        .grad((x: tf.Tensor) => tf.sum(tf.gather(x, words)))(table)
        .arraySync();
    });
    expect(gradient).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [0, 0, 0],
      [3, 3, 3],
    ]);
    expect(onnxBackendReport().fallbacks).toMatchObject({
      ...(UnsortedSegmentSum && { UnsortedSegmentSum }),
      ...(GatherV2 && { GatherV2 }),
    });
  });
});
