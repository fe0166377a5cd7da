import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { beforeAll, describe, it } from "vitest";
import { given } from "./given.js";
import { type Computations, expectSame, type Given } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

type Pair = [number, number];
type Pad = "same" | "valid" | number | tf.backend_util.ExplicitPadding;
type Pool = typeof tf.maxPool;

/** An image most of which is 0 and the rest a few numbers, as rectified ones are. */
function withTies(shape: readonly number[]): Given {
  const { values, ...rest } = given(shape);
  return { ...rest, values: Array.from(values, (value) => Math.max(0, Math.round(value))) };
}

const withGradient = (name: string, pool: Pool, size: Pair, strides: Pair, pad: Pad): Computations => {
  const f = (x: tf.Tensor) => pool(x as tf.Tensor4D, size, strides, pad);
  return { [name]: (x) => f(x!), [`${name} gradient`]: (x, dy) => tf.grad(f)(x!, dy) };
};

async function expectPooling(image: Given, size: Pair, strides: Pair, pad: Pad): Promise<void> {
  const shape = image.shape as tf.Tensor4D["shape"];
  const { outShape } = tf.backend_util.computePool2DInfo(shape, size, strides, 1, pad);
  const pools = {
    ...withGradient("largest", tf.maxPool, size, strides, pad),
    ...withGradient("mean", tf.avgPool, size, strides, pad),
  };
  await expectSame(pools, [image, given(outShape, "dy")], { relative: 1e-5, absolute: 1e-6 });
}

describe("the largest and the mean of each place, and their gradients, as on the CPU backend", () => {
  for (const size of [
    [1, 1],
    [2, 2],
    [3, 3],
    [2, 3],
    [7, 7],
  ] as Pair[]) {
    for (const strides of [
      [1, 1],
      [2, 2],
      [3, 3],
      [1, 2],
    ] as Pair[]) {
      it(`size ${size}, strides ${strides}: the first of equally large elements gets the gradient`, async () => {
        const pads: Pad[] = ["same", ...(size[0] < 7 ? (["valid"] as const) : [])];
        if (size[0] > 1)
          pads.push([
            [0, 0],
            [1, 0],
            [0, 1],
            [0, 0],
          ]);
        if (size[0] === 3 && strides[0] === strides[1]) pads.push(1);
        for (const pad of pads) {
          for (const shape of [
            [2, 7, 6, 3],
            [1, 8, 9, 2],
          ]) {
            await expectPooling(given(shape), size, strides, pad);
            await expectPooling(withTies(shape), size, strides, pad);
          }
        }
      });
    }
  }

  it("numbers of places that are rounded up", () =>
    expectSame(
      {
        largest: (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 1, "ceil"),
        mean: (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, 1, "ceil"),
      },
      [given([2, 8, 8, 3])],
      { absolute: 1e-6 },
    ));

  it("infinite elements beside others", () => {
    const values = [
      Number.NEGATIVE_INFINITY,
      1,
      Number.POSITIVE_INFINITY,
      -3,
      0,
      -1,
      Number.NEGATIVE_INFINITY,
      2,
    ];
    const infinite = { shape: [2, 2, 2, 1], values };
    return expectSame(withGradient("largest", tf.maxPool, [2, 2], [1, 1], "same"), [
      infinite,
      given([2, 2, 2, 1]),
    ]);
  });
});

describe("as CPU kernels", () => {
  it("places outside of the image", () =>
    expectSame(
      {
        largest: (x) => tf.maxPool(x as tf.Tensor4D, 1, 1, 1),
        mean: (x) => tf.avgPool(x as tf.Tensor4D, 1, 1, 1),
      },
      [given([2, 3, 4, 2])],
      { fallbacks: ["AvgPool", "MaxPool"] },
    ));

  it("whole numbers", () =>
    expectSame(
      { largest: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "same") },
      [{ shape: [1, 3, 3, 1], values: [1, 5, 2, 4, 3, 0, 7, 6, 8], dtype: "int32" }],
      { fallbacks: ["MaxPool"] },
    ));
});
