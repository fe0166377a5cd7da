import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSameOnBoth, gradientsOf, operationsOf, ordered } from "./moving.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

const float = ["float32"] as const;
const lengths = [3, 4, 5, 6, 2];

describe("Concat and Pack", () => {
  for (const axis of [0, 1, 2, 3, -1, -4]) {
    it(`of four axes along axis ${axis}`, async () => {
      const shapes = [1, 2, 3].map((length) => [2, 3, 4, 5].with(axis, length));
      await expectSameOnBoth((...xs) => tf.concat(xs, axis), shapes);
    });
  }
  it("of one, two, three and five axes", async () => {
    await expectSameOnBoth((...xs) => tf.concat(xs), [[2], [3]]);
    await expectSameOnBoth(
      (...xs) => tf.concat(xs, 1),
      [
        [2, 3],
        [2, 1],
      ],
    );
    await expectSameOnBoth(
      (...xs) => tf.concat(xs, 1),
      [
        [2, 3, 2],
        [2, 1, 2],
      ],
    );
    await expectSameOnBoth(
      (...xs) => tf.concat(xs, 3),
      [
        [2, 1, 2, 3, 2],
        [2, 1, 2, 2, 2],
      ],
    );
  });
  it("of a tensor and itself, and of the result's parts", () =>
    expectSameOnBoth(
      (x, y) => {
        const joined = tf.concat([x, y, x], 3);
        return [joined, ...tf.split(joined, [3, 2, 3], 3), tf.slice(joined, [0, 0, 0, 2], [-1, -1, -1, 4])];
      },
      [
        [2, 3, 2, 3],
        [2, 3, 2, 2],
      ],
    ));
  it("of repeated values in an order and others", () =>
    expectSameOnBoth(
      (x, y) => tf.concat([tf.tile(x, [1, 3, 2, 1]), y], 3),
      [
        [2, 1, 1, 3],
        [2, 3, 2, 2],
      ],
    ));
  for (const axis of [0, 1, 2, -1]) {
    it(`stack along axis ${axis}`, () =>
      expectSameOnBoth(
        (...xs) => tf.stack(xs, axis),
        [
          [2, 3],
          [2, 3],
          [2, 3],
        ],
      ));
  }
  it("stack numbers, one tensor, images and tensors of four axes", async () => {
    await expectSameOnBoth((...xs) => tf.stack(xs), [[], []]);
    await expectSameOnBoth((...xs) => tf.stack(xs, 1), [[2, 3]]);
    await expectSameOnBoth(
      (...xs) => tf.stack(xs),
      [
        [2, 3, 1],
        [2, 3, 1],
      ],
    );
    await expectSameOnBoth(
      (...xs) => tf.stack(xs, -1),
      [
        [2, 3, 1, 2],
        [2, 3, 1, 2],
      ],
    );
  });
});

describe("PadV2 and MirrorPad", () => {
  type Margins = [number, number][];
  const cases: Margins[] = [
    [[1, 2]],
    [
      [0, 1],
      [2, 0],
    ],
    [
      [0, 0],
      [1, 1],
      [0, 2],
    ],
    [
      [0, 0],
      [1, 2],
      [3, 0],
      [0, 0],
    ],
    [
      [0, 1],
      [0, 0],
      [0, 0],
      [2, 1],
    ],
    [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    [
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 0],
      [2, 2],
    ],
  ];
  for (const margins of cases) {
    const shape = lengths.slice(0, margins.length);
    it(`[${shape}] with margins ${margins}`, () =>
      expectSameOnBoth((x) => [tf.pad(x, margins), tf.pad(x, margins, 1)], [shape]));
  }
  it("numbers of all kinds", () =>
    expectSameOnBoth(
      (x) => [-0, 0.1, -7, Number.NaN, Number.NEGATIVE_INFINITY].map((number) => tf.pad(x, [[1, 2]], number)),
      [[3]],
      ["float32", "int32"],
    ));
  it("numbers that are no truth values are left to the CPU's kernel", () =>
    expectSameOnBoth((x) => tf.pad(x, [[1, 2]], 7), [[3]], ["bool"], false));
  for (const mode of ["reflect", "symmetric"] as const) {
    it(mode, async () => {
      await expectSameOnBoth((x) => tf.mirrorPad(x, [[2, 1]], mode), [[3]]);
      await expectSameOnBoth(
        (x) =>
          tf.mirrorPad(
            x,
            [
              [1, 2],
              [0, 1],
            ],
            mode,
          ),
        [[3, 2]],
      );
      await expectSameOnBoth(
        (x) =>
          tf.mirrorPad(
            x,
            [
              [0, 0],
              [2, 2],
              [1, 0],
              [0, 0],
            ],
            mode,
          ),
        [[2, 3, 4, 2]],
      );
    });
  }
  it("symmetric of one element", () =>
    expectSameOnBoth(
      (x) =>
        tf.mirrorPad(
          x,
          [
            [1, 1],
            [0, 2],
          ],
          "symmetric",
        ),
      [[1, 2]],
    ));
});

describe("gradients", () => {
  it("Concat", () =>
    expectSameOnBoth(
      gradientsOf((x, y) => tf.concat([x, y, x], 3)),
      [
        [2, 3, 2, 3],
        [2, 3, 2, 2],
      ],
      float,
    ));
  it("Pack", () =>
    expectSameOnBoth(
      gradientsOf((x, y) => tf.stack([x, y], 1)),
      [
        [2, 3],
        [2, 3],
      ],
      float,
    ));
  it("PadV2, MirrorPad and Reverse", () =>
    expectSameOnBoth(
      gradientsOf((x) => [
        tf.pad(x, [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ]),
        tf.mirrorPad(
          x,
          [
            [0, 0],
            [1, 1],
            [0, 1],
            [0, 0],
          ],
          "reflect",
        ),
        tf.reverse(x, [1, 3]),
      ]),
      [[2, 3, 4, 2]],
      float,
    ));
});

describe("operations", () => {
  async function expectOperations(expected: string[], compute: () => tf.Tensor) {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      expect(operationsOf(compute())).toEqual(expected);
    });
  }
  const image = () => ordered(tf.reshape(tf.range(0, 120), [2, 3, 4, 5]), "planes");

  it("values in planes stay in planes until they are read", () =>
    expectOperations(["Transpose", "Slice", "Pad", "Slice", "Tile", "Concat", "Transpose"], () => {
      const part = tf.slice(image(), [0, 1, 0, 1], [2, 2, 4, 3]);
      const y = tf.reverse(
        tf.pad(part, [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]),
        [1],
      );
      return tf.concat([tf.tile(y, [1, 1, 1, 2]), y], 3);
    }));

  it("a split is one operation for all parts", () =>
    expectOperations(["Transpose", "Split", "Concat", "Transpose"], () =>
      tf.concat(tf.split(image(), [1, 2, 2], 3).reverse(), 3),
    ));

  it("what is the same along an axis is repeated when it is read", () =>
    expectOperations(["Concat", "Expand"], () => {
      const x = tf.reshape(tf.range(0, 5), [1, 1, 1, 5]);
      const y = tf.slice(tf.tile(x, [2, 3, 4, 1]), [0, 1, 0, 0], [2, 2, 4, 5]);
      return tf.concat([tf.transpose(y, [1, 0, 2, 3]), tf.reverse(tf.tile(x, [2, 2, 4, 1]), [1])], 3);
    }));

  it("a tensor whose channels are its second axis lies as one in planes", () =>
    expectOperations(["Transpose", "Slice", "Transpose"], () => {
      const channelsSecond = tf.transpose(image(), [0, 3, 1, 2]);
      return tf.transpose(tf.slice(channelsSecond, [0, 1], [2, 3]), [0, 2, 3, 1]);
    }));

  it("parts of one number need none until they are read", () =>
    expectOperations(["Expand"], () => {
      const zeros = tf.pad(tf.zerosLike(image()), new Array<[number, number]>(4).fill([0, 1]));
      return tf.concat([...tf.split(zeros, 2, 3), tf.reshape(tf.fill([360], 0), [3, 4, 5, 6])], -1);
    }));
});
