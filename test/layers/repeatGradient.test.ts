import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { useBackend } from "radiolucent";
import { describe, expect, it } from "vitest";
import { correctRepeatGradient } from "../../src/layers/repeatGradient.js";
import { randomStream } from "../../src/random.js";

const noise = (seed: number, shape: number[]) => {
  const random = randomStream(seed);
  const size = shape.reduce((a, b) => a * b);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
};

describe.each(["cpu", "wasm", "onnx"] as const)("the gradient of repeated cells on %s", (backend) => {
  it.each([
    [2, 2],
    [3, 1],
  ] as const)("is the sum over the %d x %d cells, in each of several images", async (rows, columns) => {
    await useBackend(backend);
    correctRepeatGradient();
    correctRepeatGradient();
    tf.tidy(() => {
      const repeat = layers.upSampling2d({ size: [rows, columns], interpolation: "nearest" });
      const dy = noise(1, [3, 4 * rows, 5 * columns, 2]);
      const gradient = tf.grad((x) => repeat.apply(x) as tf.Tensor)(noise(2, [3, 4, 5, 2]), dy);
      const sums = tf.sum(tf.reshape(dy, [3, 4, rows, 5, columns, 2]), [2, 4]);
      expect(tf.max(tf.abs(tf.sub(gradient, sums))).dataSync()[0]).toBeLessThan(1e-5);
    });
  });

  it("stays TensorFlow.js's own where cells aren't repeated whole times", async () => {
    await useBackend(backend);
    correctRepeatGradient();
    tf.tidy(() => {
      const resize = (x: tf.Tensor) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [3, 2]);
      const gradient = tf.grad(resize)(noise(2, [1, 2, 2, 1]), tf.tensor([1, 2, 3, 4, 5, 6], [1, 3, 2, 1]));
      // Rows 0 and 1 come from row 0, row 2 from row 1.
      expect([...gradient.dataSync()]).toEqual([4, 6, 5, 6]);
    });
  });
});
