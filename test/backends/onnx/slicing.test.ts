import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSameOnBoth, gradientsOf } from "./moving.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

const float = ["float32"] as const;
const lengths = [3, 4, 5, 6, 2];

describe("Slice", () => {
  const cases: [number[], number[]][] = [
    [[1], [2]],
    [
      [0, 1],
      [3, 2],
    ],
    [
      [1, 0, 2],
      [1, -1, 2],
    ],
    [
      [0, 1, 0, 2],
      [3, 2, 5, 3],
    ],
    [
      [1, 1, 1, 1],
      [-1, -1, -1, -1],
    ],
    [
      [0, 0, 0, 0],
      [3, 4, 5, 6],
    ],
    [
      [2, 0, 0, 0],
      [1, 4, 5, 6],
    ],
    [
      [0, 0, 1, 0, 1],
      [1, 4, 2, 6, 1],
    ],
    [
      [1, 0],
      [0, 4],
    ],
  ];
  for (const [begin, size] of cases) {
    const shape = lengths.slice(0, begin.length);
    it(`[${shape}] from [${begin}], [${size}]`, () =>
      expectSameOnBoth((x) => tf.slice(x, begin, size), [shape]));
  }

  it("short forms", () =>
    expectSameOnBoth((x) => [tf.slice(x, 1), tf.slice(x, 1, 1), tf.slice(x, [1], [2])], [[3, 4]]));

  it("refuses a box that does not fit, as TensorFlow.js does", async () => {
    await tf.setBackend("onnx");
    tf.tidy(() => {
      expect(() => tf.slice(tf.tensor1d([1, 2]), [1], [2])).toThrow("would overflow input.shape[0] (2)");
    });
  });
});

describe("StridedSlice", () => {
  type Masks = [begin?: number, end?: number, ellipsis?: number, newAxis?: number, shrink?: number];
  const cases: [string, number[], number[], number[], number[], Masks][] = [
    ["a box", [4, 5], [1, 1], [3, 4], [1, 1], []],
    ["steps", [4, 5], [0, 1], [4, 5], [2, 3], []],
    ["steps that do not come out even", [7], [1], [7], [4], []],
    ["backwards", [4, 5], [3, 4], [0, 0], [-1, -2], []],
    ["backwards to the first", [5], [-1], [-6], [-1], []],
    ["indices from the end", [4, 5], [-3, -4], [-1, -1], [1, 2], []],
    ["indices out of the range", [4, 5], [-9, 1], [9, 9], [1, 1], []],
    ["begin masked", [4, 5], [2, 2], [3, 4], [1, 1], [0b01]],
    ["end masked", [4, 5], [1, 2], [2, 3], [1, 2], [0, 0b10]],
    ["both masked, backwards", [4, 5], [1, 1], [2, 2], [-1, -1], [0b11, 0b11]],
    ["an ellipsis", [3, 4, 5], [1, 0, 1], [2, 0, 3], [1, 1, 1], [0, 0, 0b010]],
    ["an ellipsis and steps", [3, 4, 5], [0, 0, 0], [3, 0, 5], [2, 1, 2], [0, 0, 0b010]],
    ["a new axis", [4, 5], [0, 1, 0], [0, 3, 5], [1, 1, 1], [0, 0, 0, 0b001]],
    ["a new axis and steps", [4, 5], [0, 1, 0], [0, 3, 5], [1, 1, 2], [0, 0, 0, 0b001]],
    ["an axis that vanishes", [4, 5], [1, 1], [2, 4], [1, 1], [0, 0, 0, 0, 0b01]],
    ["the last of an axis that vanishes", [4, 5], [-1, 0], [0, 5], [1, 1], [0, 0, 0, 0, 0b01]],
    ["all", [4, 5], [0, 0], [4, 5], [1, 1], []],
    ["all and a new axis", [4, 5], [0, 0, 0], [4, 0, 5], [1, 1, 1], [0, 0, 0, 0b010]],
    ["nothing", [4, 5], [2, 0], [2, 5], [1, 1], []],
    ["nothing, in steps", [4, 5], [3, 0], [1, 5], [2, 2], []],
    ["four axes", [2, 4, 5, 6], [0, 3, 1, 4], [2, 0, 5, 0], [1, -2, 2, -1], []],
    ["five axes", [2, 3, 2, 4, 3], [0, 2, 1, 0, 0], [2, 0, 2, 4, 3], [1, -1, 1, 3, 2], []],
  ];
  for (const [title, shape, begin, end, strides, masks] of cases) {
    it(title, () => expectSameOnBoth((x) => tf.stridedSlice(x, begin, end, strides, ...masks), [shape]));
  }
  it("steps where an axis vanishes are left to the CPU's kernel", () =>
    expectSameOnBoth(
      (x) => tf.stridedSlice(x, [1, 0], [2, 5], [1, 2], 0, 0, 0, 0, 1),
      [[4, 5]],
      undefined,
      false,
    ));
});

describe("Reverse", () => {
  for (const axes of [[0], [1], [-1], [0, 2], [0, 1, 2, 3]]) {
    it(`axes ${axes}`, () => expectSameOnBoth((x) => tf.reverse(x, axes), [[2, 3, 4, 5]]));
  }
  it("of one axis, of five and of none", async () => {
    await expectSameOnBoth((x) => tf.reverse(x, 0), [[5]]);
    await expectSameOnBoth((x) => tf.reverse(x, [1, 4]), [[2, 3, 1, 2, 3]]);
    await expectSameOnBoth((x) => tf.reverse(x, []), [[]]);
  });
});

describe("SplitV and Unpack", () => {
  const shape = [2, 3, 4, 6];
  const cases: [number | number[], number][] = [
    [2, 0],
    [3, 1],
    [[1, 3], 2],
    [[1, 2, 3], 3],
    [[2, -1], -1],
    [[0, 4, 2], 3],
    [[0, 6, 0], 3],
    [1, 3],
  ];
  for (const [sizes, axis] of cases) {
    it(`sizes ${sizes} along axis ${axis}`, () => expectSameOnBoth((x) => tf.split(x, sizes, axis), [shape]));
  }
  it("of one axis and of five", async () => {
    await expectSameOnBoth((x) => tf.split(x, 3), [[6]]);
    await expectSameOnBoth((x) => tf.split(x, [1, 2], 3), [[2, 1, 2, 3, 2]]);
  });
  it("cuts in two where it is cut in two ways", () =>
    expectSameOnBoth((x) => [...tf.split(x, 2, 3), ...tf.split(x, 3, 3), ...tf.split(x, 2, 2)], [shape]));
  for (const axis of [0, 1, 3, -1]) {
    it(`unstack along axis ${axis}`, () => expectSameOnBoth((x) => tf.unstack(x, axis), [shape]));
  }
  it("unstack one axis and five", async () => {
    await expectSameOnBoth((x) => tf.unstack(x), [[3]]);
    await expectSameOnBoth((x) => tf.unstack(x, 2), [[2, 1, 3, 2, 2]]);
    await expectSameOnBoth((x) => tf.unstack(x, 1), [[2, 1, 3]]);
  });
});

describe("gradients", () => {
  it("Slice", () =>
    expectSameOnBoth(
      gradientsOf((x) => tf.slice(x, [0, 1, 0, 2], [2, 2, 3, 3])),
      [[2, 4, 3, 6]],
      float,
    ));
  it("SplitV and Unpack", () =>
    expectSameOnBoth(
      gradientsOf((x) => [...tf.split(x, [1, 2], 1), ...tf.split(x, 2, 3), ...tf.unstack(x)]),
      [[2, 3, 2, 4]],
      float,
    ));
});
