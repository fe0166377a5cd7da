import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { beforeAll, describe, expect, it } from "vitest";
import { given } from "./given.js";
import { type Computations, expectSame, normals } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

type Pair = [number, number];

const methods = { nearest: tf.image.resizeNearestNeighbor, bilinear: tf.image.resizeBilinear };
const places = { corners: [true, false], centres: [false, true], edges: [false, false] } as const;

const sizes: Pair[] = [
  [8, 12],
  [4, 6],
  [12, 6],
  [15, 9],
  [3, 2],
  [7, 11],
  [1, 1],
];
const images: Pair[] = [
  [4, 6],
  [5, 3],
  [4, 4],
  [1, 7],
];

const resizer =
  (method: keyof typeof methods, size: Pair, place: keyof typeof places) =>
  (x: tf.Tensor): tf.Tensor =>
    methods[method](x as tf.Tensor4D, size, ...places[place]);

describe("larger and smaller images", () => {
  for (const method of ["nearest", "bilinear"] as const) {
    it(`${method}, aligned by corners, centres or edges, as on the CPU backend`, async () => {
      for (const [height, width] of images) {
        const computations: Computations = Object.fromEntries(
          sizes.flatMap((size) =>
            (["corners", "centres", "edges"] as const).map((place) => [
              `${size} ${place}`,
              (x: tf.Tensor) => resizer(method, size, place)(x),
            ]),
          ),
        );
        await expectSame(computations, [given([2, height, width, 3])], { relative: 1e-5, absolute: 1e-5 });
      }
    });

    // The CPU backend's gradients are wrong for images aligned by centres, and for several or oblong ones.
    it(`${method}: the gradient is what each pixel adds to the result`, async () => {
      for (const [height, width] of images) {
        for (const size of sizes) {
          for (const place of ["corners", "centres", "edges"] as const) {
            const resize = resizer(method, size, place);
            const difference = await gradientError(resize, [height, width], size);
            expect(difference, `${[height, width]} to ${size}, ${place}`).toBeLessThan(1e-4);
          }
        }
      }
    });
  }
});

/** How far the gradient for two images is from what the resized images of single pixels say. */
async function gradientError(resize: (x: tf.Tensor) => tf.Tensor, [height, width]: Pair, size: Pair) {
  await tf.setBackend("onnx");
  return tf.tidy(() => {
    const pixels = height * width;
    const [batch, channels] = [2, 3];
    const dy = tf.tensor4d(normals(`dy ${size}`, batch * channels * size[0] * size[1]), [
      batch,
      ...size,
      channels,
    ]);
    const x = tf.zeros([batch, height, width, channels]);
    const gradient = tf.grad(resize)(x, dy);
    const single = tf.reshape(tf.eye(pixels), [pixels, height, width, 1]);
    const weights = tf.reshape(resize(single), [pixels, -1]);
    const perPixel = tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [-1, batch * channels]);
    const sums = tf.reshape(tf.matMul(weights, perPixel), [height, width, batch, channels]);
    return tf.max(tf.abs(tf.sub(gradient, tf.transpose(sums, [2, 0, 1, 3])))).dataSync()[0]!;
  });
}

it("NaN reaches no further than to the pixels between its neighbours", () =>
  expectSame(
    {
      bilinear: (x) =>
        tf.slice(tf.image.resizeBilinear(x as tf.Tensor4D, [10, 8]), [0, 0, 0, 0], [1, 5, 8, 1]),
    },
    [{ shape: [1, 5, 4, 1], values: [...normals("above", 16), 1, Number.NaN, 2, 3] }],
    { absolute: 1e-6 },
  ));
