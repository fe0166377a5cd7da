import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../src/backends/useBackend.js";
import { expectSameOnBoth, normals, run, type Values } from "./onBoth.js";

type Padding = "same" | "valid" | number | [[0, 0], [number, number], [number, number], [0, 0]];

/** Gradients of a convolution with respect to its input and its filter, each output weighted by its own number. */
function gradients(strides: [number, number], pad: Padding) {
  return (x: tf.Tensor, filter: tf.Tensor): tf.Tensor[] =>
    tf.grads((a: tf.Tensor, b: tf.Tensor) => {
      const y = tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad);
      return tf.sum(tf.mul(y, tf.cos(tf.reshape(tf.range(0, y.size), y.shape))));
    })([x, filter]);
}

function convolution(
  batch: number,
  size: [number, number],
  kernel: [number, number],
  channels: [number, number],
) {
  const name = [batch, size, kernel, channels].join();
  return [
    normals(`x ${name}`, [batch, ...size, channels[0]]),
    normals(`filter ${name}`, [...kernel, ...channels]),
  ];
}

beforeAll(() => useBackend("wasm"));

describe("convolution gradients on WASM equal the CPU backend's to 1e-4", () => {
  const paddings: Padding[] = [
    "same",
    "valid",
    1,
    [
      [0, 0],
      [2, 1],
      [0, 3],
      [0, 0],
    ],
  ];
  for (const kernel of [1, 2, 3, 5, 7]) {
    for (const stride of [1, 2]) {
      it(`kernel ${kernel} x ${kernel}, stride ${stride}, padding same, valid, 1 and uneven`, async () => {
        for (const [i, pad] of paddings.entries()) {
          for (const size of [
            [9, 11],
            [8, 7],
          ] as [number, number][]) {
            const batch = 1 + ((i + size[0]) % 3);
            const channels: [number, number] = [1 + ((kernel + i) % 5), 1 + ((stride + i + size[1]) % 5)];
            const inputs = convolution(batch, size, [kernel, kernel], channels);
            const title = `${pad} ${size} batch ${batch} channels ${channels}`;
            await expectSameOnBoth(gradients([stride, stride], pad), inputs, { title });
          }
        }
      });
    }
  }

  it("oblong kernels, strides that differ by axis and random sizes", async () => {
    const upTo = (most: number) => fc.integer({ min: 1, max: most });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(upTo(3), upTo(5), upTo(5)),
        fc.tuple(upTo(5), upTo(5)),
        fc.tuple(upTo(3), upTo(3)),
        fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 })),
        fc.constantFrom<Padding>("same", "valid", [
          [0, 0],
          [1, 2],
          [3, 0],
          [0, 0],
        ]),
        async ([batch, cIn, cOut], kernel, strides, extra, pad) => {
          const size: [number, number] = [kernel[0] + extra[0], kernel[1] + extra[1]];
          await expectSameOnBoth(gradients(strides, pad), convolution(batch, size, kernel, [cIn, cOut]));
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it("more padding than the kernel is large, so that outer outputs see zeros only", async () => {
    for (const [kernel, stride, pad] of [
      [1, 1, 2],
      [2, 2, 3],
      [3, 2, 5],
      [1, 2, 1],
    ] as const) {
      await expectSameOnBoth(
        gradients([stride, stride], pad),
        convolution(2, [6, 5], [kernel, kernel], [3, 2]),
      );
    }
  });

  it("a stride larger than the kernel, which leaves inputs without a gradient", async () => {
    await expectSameOnBoth(gradients([3, 4], "valid"), convolution(2, [10, 9], [2, 1], [3, 2]));
  });

  it("maps so large that patches are written in several slabs, and rows long enough to be copied whole", async () => {
    await expectSameOnBoth(gradients([1, 1], "same"), convolution(1, [96, 97], [3, 3], [13, 1]));
    await expectSameOnBoth(gradients([2, 2], "same"), convolution(1, [97, 95], [7, 7], [12, 2]));
  });
});

it("a transposed convolution is the same gradient", async () => {
  for (const stride of [1, 2, 3]) {
    await expectSameOnBoth(
      (x, filter) => [
        tf.conv2dTranspose(
          x as tf.Tensor4D,
          filter as tf.Tensor4D,
          [2, 7 * stride, 5 * stride, 3],
          stride,
          "same",
        ),
      ],
      [normals("x", [2, 7, 5, 4]), normals("filter", [2, 2, 3, 4])],
    );
  }
});

it("dilated convolutions run as on the CPU backend; TensorFlow.js gives them no gradient on either", async () => {
  const inputs = convolution(2, [11, 9], [3, 3], [3, 4]);
  for (const pad of ["same", "valid", 2] as const) {
    const dilated = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad, "NHWC", 2);
    await expectSameOnBoth((x, filter) => [dilated(x!, filter!)], inputs);
    for (const backend of ["cpu", "wasm"] as const) {
      await tf.setBackend(backend);
      expect(() =>
        tf.tidy(() => tf.grad((x: tf.Tensor) => dilated(x, tf.ones([3, 3, 3, 4])))(tf.ones([2, 11, 9, 3]))),
      ).toThrow("dilation rates greater than 1 are not yet supported in gradients");
    }
  }
});

describe("NaN and infinities", () => {
  const spoil = ({ shape, values }: Values, index: number, value: number): Values => ({
    shape,
    values: Float32Array.from(values, (v, i) => (i === index ? value : v)),
  });
  const [x, filter] = convolution(1, [7, 7], [3, 3], [2, 3]) as [Values, Values];

  it("in the input reach the filter's gradient as on the CPU backend", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await expectSameOnBoth(gradients([1, 1], "same"), [spoil(x, 48, value), filter]);
    }
  });

  it("elsewhere reach at least what they reach on the CPU backend; zeros of the padding may meet them too", async () => {
    const dy = normals("dy", [1, 4, 4, 3]);
    for (const inputs of [
      [x, spoil(filter, 24, Number.NaN), dy],
      [x, filter, spoil(dy, 15, Number.NaN)],
    ]) {
      const back = (a: tf.Tensor, b: tf.Tensor, upstream: tf.Tensor) =>
        tf.grads((input: tf.Tensor, weights: tf.Tensor) =>
          tf.conv2d(input as tf.Tensor4D, weights as tf.Tensor4D, 2, "same"),
        )([a, b], upstream);
      const expected = await run("cpu", back, inputs);
      const actual = await run("wasm", back, inputs);
      const spoiled = (values: ArrayLike<number>) =>
        Array.from(values, (value, i) => (Number.isNaN(value) ? i : -1)).filter((i) => i >= 0);
      expect(expected.flatMap(({ values }) => spoiled(values)).length).toBeGreaterThan(0);
      expected.forEach(({ values }, output) => {
        expect(spoiled(actual[output]!.values)).toEqual(expect.arrayContaining(spoiled(values)));
      });
    }
  });
});

it("an empty batch gives a filter gradient of zeros", async () => {
  await expectSameOnBoth(
    (x, dy) => [
      tf
        .engine()
        .runKernel(
          tf.Conv2DBackpropFilter,
          { x: x!, dy: dy! },
          { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: [3, 3, 2, 4] },
        ),
    ],
    [normals("x", [0, 5, 5, 2]), normals("dy", [0, 5, 5, 4])],
  );
});
