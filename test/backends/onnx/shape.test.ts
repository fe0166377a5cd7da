import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSameOnBoth, gradientsOf } from "./moving.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

describe("Reshape", () => {
  const cases: [number[], number[]][] = [
    [[], [1, 1]],
    [[1], []],
    [[6], [2, 3]],
    [[2, 3], [6]],
    [
      [2, 3],
      [3, -1],
    ],
    [
      [2, 3, 4],
      [4, 6],
    ],
    [
      [2, 3, 4],
      [2, 3, 2, 2],
    ],
    [
      [2, 3, 4, 5],
      [2, 60],
    ],
    [
      [2, 3, 4, 5],
      [3, 2, 5, 4],
    ],
    [
      [2, 1, 1, 5],
      [2, 5],
    ],
    [[1, 1, 1, 5], [5]],
    [
      [2, 3, 4, 1],
      [2, 12],
    ],
    [
      [2, 1, 4, 5],
      [8, 5],
    ],
    [[5], [1, 1, 1, 5]],
    [
      [2, 2, 3, 2, 2],
      [4, 3, 4],
    ],
  ];
  for (const [from, to] of cases) {
    it(`[${from}] to [${to}]`, () => expectSameOnBoth((x) => tf.reshape(x, to), [from]));
  }

  it("keeps repeated axes apart from those of other shapes", () =>
    expectSameOnBoth(
      (x) => [tf.reshape(x, [4, 6]), tf.reshape(x, [24]), tf.reshape(x, [2, 3, 4]), tf.reshape(x, [6, 4])],
      [[2, 3, 4]],
    ));

  it("refuses a shape of another size, as TensorFlow.js does", async () => {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const x = tf.tensor1d([1, 2, 3]);
      expect(() => tf.reshape(x, [2, 2])).toThrow("Size(3) must match the product of shape 2,2");
    });
  });
});

describe("ExpandDims and Squeeze", () => {
  for (const axis of [0, 1, 2, 3, -1, -2, -4]) {
    it(`axis ${axis}`, () => expectSameOnBoth((x) => tf.expandDims(x, axis), [[2, 3, 4]]));
  }
  it("of what was expanded", () =>
    expectSameOnBoth((x) => [tf.squeeze(x), tf.squeeze(x, [2]), tf.squeeze(x, [-4])], [[1, 3, 1, 4]]));
});

describe("Transpose", () => {
  const permutations = [
    [1, 0],
    [0, 2, 1],
    [2, 0, 1],
    [1, 2, 0],
    [0, 3, 1, 2],
    [0, 2, 3, 1],
    [3, 2, 0, 1],
    [2, 3, 1, 0],
  ];
  permutations.push([3, 0, 1, 2], [0, 1, 3, 2], [1, 0, 2, 3], [0, 1, 2, 3], [4, 1, 0, 3, 2]);
  const lengths = [2, 3, 4, 5, 2];
  for (const permutation of permutations) {
    const shape = lengths.slice(0, permutation.length);
    it(`[${shape}] by [${permutation}]`, () =>
      expectSameOnBoth((x) => tf.transpose(x, permutation), [shape]));
  }

  it("of axes of length 1", () =>
    expectSameOnBoth(
      (x) => [tf.transpose(x, [0, 3, 1, 2]), tf.transpose(x, [2, 1, 0, 3]), tf.transpose(x)],
      [[3, 1, 1, 4]],
    ));

  it("two of one tensor, both of which need no operation, are two", () =>
    expectSameOnBoth(
      (x) => [tf.transpose(x, [0, 2, 3, 1]), tf.transpose(x, [2, 3, 1, 0]), x].map((y) => tf.reverse(y, [0])),
      [[2, 3, 3, 2]],
    ));
});

describe("Tile and BroadcastTo", () => {
  const cases: [number[], number[]][] = [
    [[3], [2]],
    [
      [1, 3],
      [2, 1],
    ],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 1, 3],
      [1, 4, 1],
    ],
    [
      [2, 1, 1, 3],
      [1, 2, 3, 1],
    ],
    [
      [2, 2, 3, 2],
      [1, 2, 1, 3],
    ],
    [
      [1, 2, 1, 2, 1],
      [3, 1, 2, 2, 1],
    ],
    [
      [2, 3],
      [0, 1],
    ],
  ];
  for (const [shape, times] of cases) {
    it(`[${shape}] ${times} times`, () => expectSameOnBoth((x) => tf.tile(x, times), [shape]));
  }
  it("broadcasts", () =>
    expectSameOnBoth(
      (x) => [tf.broadcastTo(x, [2, 4, 3]), tf.broadcastTo(x, [5, 2, 4, 3]), tf.broadcastTo(x, [2, 1, 3])],
      [[2, 1, 3]],
    ));
  it("the kernel BroadcastTo is Tile", async () => {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const y = tf
        .engine()
        .runKernel("BroadcastTo", { x: tf.tensor1d([1, 2]) }, { shape: [3, 2] }) as tf.Tensor;
      expect(y.arraySync()).toEqual([
        [1, 2],
        [1, 2],
        [1, 2],
      ]);
    });
  });
});

describe("Fill", () => {
  const numbers = [
    0,
    1,
    -1,
    0.1,
    1e-50,
    3e9,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
  ];
  for (const number of numbers) {
    for (const type of ["float32", "int32"] as const) {
      it(`${Object.is(number, -0) ? "-0" : number} as ${type}`, () =>
        expectSameOnBoth(() => {
          const x = tf.fill([2, 3], number, type);
          return [x, tf.reshape(x, [3, 2]), tf.concat([x, tf.zerosLike(x)]), tf.fill([], number, type)];
        }, []));
    }
  }
  it("truth values", () => expectSameOnBoth(() => [tf.fill([3], 1, "bool"), tf.fill([2, 2], 0, "bool")], []));
  it("numbers that are no truth values are left to the CPU's kernel", () =>
    expectSameOnBoth(() => tf.fill([3], 5, "bool"), [], ["bool"], false));
  it("nothing", () => expectSameOnBoth(() => [tf.fill([0], 1), tf.fill([2, 0], 1, "int32")], []));
  it("zeros and ones like others", () =>
    expectSameOnBoth((x) => [tf.zerosLike(x), tf.onesLike(x)], [[2, 3]]));
  it("does not need what it is like", async () => {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const { runs } = onnxBackendReport();
      const x = tf.tile(tf.tensor1d([1, 2]), [2]);
      const zeros = tf.zerosLike(x);
      x.dispose();
      expect([...zeros.dataSync()]).toEqual([0, 0, 0, 0]);
      expect(onnxBackendReport().runs).toBe(runs);
    });
  });
  it("Range and LinSpace", () =>
    expectSameOnBoth(
      () => [
        tf.range(0, 5),
        tf.range(5, 0, -2, "int32"),
        tf.range(3, 3),
        tf.linspace(0, 1, 7),
        tf.reverse(tf.range(2, 9, 0.5)),
      ],
      [],
    ));
});

describe("SpaceToBatchND, BatchToSpaceND and DepthToSpace", () => {
  it("space to batch", () =>
    expectSameOnBoth(
      (x) => [
        tf.spaceToBatchND(
          x,
          [2, 2],
          [
            [1, 1],
            [0, 1],
          ],
        ),
        tf.spaceToBatchND(x, [4], [[0, 0]]),
      ],
      [[2, 4, 3, 2]],
    ));
  it("batch to space", () =>
    expectSameOnBoth(
      (x) => [
        tf.batchToSpaceND(
          x,
          [2, 2],
          [
            [1, 1],
            [0, 1],
          ],
        ),
        tf.batchToSpaceND(x, [4], [[1, 0]]),
      ],
      [[8, 2, 3, 2]],
    ));
  it("depth to space", () =>
    expectSameOnBoth(
      (x) => [tf.depthToSpace(x as tf.Tensor4D, 2), tf.depthToSpace(x as tf.Tensor4D, 3)],
      [[2, 2, 3, 36]],
      ["float32"],
    ));
});

describe("gradients", () => {
  const float = ["float32"] as const;
  it("Reshape, ExpandDims and Transpose", () =>
    expectSameOnBoth(
      gradientsOf((x) => [tf.reshape(x, [6, 20]), tf.expandDims(x, 1), tf.transpose(x, [0, 3, 1, 2])]),
      [[2, 3, 4, 5]],
      float,
    ));
  it("Tile", async () => {
    await expectSameOnBoth(
      gradientsOf((x) => tf.tile(x, [3])),
      [[4]],
      float,
    );
    await expectSameOnBoth(
      gradientsOf((x) => tf.tile(x, [2, 3])),
      [[1, 3]],
      float,
    );
    await expectSameOnBoth(
      gradientsOf((x) => tf.tile(x, [1, 2, 3, 1])),
      [[2, 1, 1, 3]],
      float,
    );
    await expectSameOnBoth(
      gradientsOf((x) => tf.tile(x, [1, 2, 1, 2])),
      [[2, 2, 1, 3]],
      float,
    );
  });
  it("SpaceToBatchND and BatchToSpaceND", () =>
    expectSameOnBoth(
      gradientsOf((x) => [tf.spaceToBatchND(x, [2], [[1, 1]]), tf.batchToSpaceND(x, [2], [[0, 1]])]),
      [[2, 4, 3, 2]],
      float,
    ));
});
