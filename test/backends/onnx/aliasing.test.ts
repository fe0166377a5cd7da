import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { useBackend } from "radiolucent";
import { beforeAll, describe, expect, it } from "vitest";
import { type Computations, expectSame, normals } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

const random = (shape: readonly number[], name = "") => ({
  shape,
  values: normals(
    `${name}${shape}`,
    shape.reduce((a, b) => a * b, 1),
  ),
});

describe("arrays given by the user", () => {
  it("are as they were when they were given, whatever is written into them before a graph runs", () => {
    tf.tidy(() => {
      const array = Float32Array.of(1, 2);
      const first = tf.mul(tf.tensor1d(array), 2);
      array.set([30, 40]);
      const second = tf.mul(tf.tensor1d(array), 2);
      array.set([0, 0]);
      expect([...first.dataSync(), ...second.dataSync()]).toEqual([2, 4, 60, 80]);
    });
  });

  it("the same of a tensor that came from the CPU backend", async () => {
    await tf.setBackend("cpu");
    const array = Float32Array.of(1, 2);
    const given = tf.tensor1d(array);
    await tf.setBackend("onnx");
    const double = tf.mul(given, 2);
    array.set([30, 40]);
    expect([...double.dataSync()]).toEqual([2, 4]);
    tf.dispose([given, double]);
  });
});

describe("weights that are part of a prediction's graph", () => {
  it("a tensor in the place of one of two variables is read, not the variable of before", () => {
    const weights = tf.variable(tf.ones([100, 200]));
    const bias = tf.variable(tf.fill([200], 5));
    const predict = (added: tf.Tensor) =>
      tf.tidy(() => tf.add(tf.matMul(tf.fill([1, 100], 0.5), weights as tf.Tensor2D), added).dataSync()[199]);
    const other = tf.tensor1d(new Float32Array(200).fill(8));
    expect(predict(bias)).toBe(55);
    expect(predict(other)).toBe(58);
    expect(predict(bias)).toBe(55);
    bias.assign(other);
    expect(predict(bias)).toBe(58);
    tf.dispose([weights, bias, other]);
  });
});

describe("one value in memory under several shapes", () => {
  const sums = (f: (x: tf.Tensor) => tf.Tensor): Computations => ({
    "of both": (x) => tf.stack([4, 5].map((count) => tf.sum(f(tf.broadcastTo(x!, [count, 3]))))),
  });

  it("repeated to different lengths and rectified", () =>
    expectSame(sums(tf.relu), [{ shape: [1, 3], values: [1, 2, -3] }]));

  it("repeated to different lengths and rectified, with the gradient", () =>
    expectSame({ gradient: tf.grad((x) => tf.sum(sums(tf.relu)["of both"]!(x))) }, [
      { shape: [1, 3], values: [1, 2, -3] },
    ]));

  it("repeated to different lengths and split", () =>
    expectSame(
      sums((x) => tf.split(x, [1, 2], 1)[1]!),
      [{ shape: [1, 3], values: [1, 2, -3] }],
    ));

  // The elements lie in memory as planes of the one, and as a filter of the other.
  it("transposed in two ways that leave it as it lies", () =>
    expectSame(
      {
        both: (x) => tf.sub(tf.transpose(x!, [0, 2, 3, 1]), tf.transpose(x!, [2, 3, 1, 0])),
        planes: (x) => tf.transpose(x!, [0, 2, 3, 1]),
        filter: (x) => tf.transpose(x!, [2, 3, 1, 0]),
      },
      [random([3, 3, 3, 3])],
    ));
});

describe("batch normalisations that share", () => {
  it("image and gradient, but not epsilon", () =>
    expectSame(
      {
        gradients(x) {
          const each = [1e-3, 1].map((epsilon) => layers.batchNormalization({ epsilon }));
          for (const layer of each) layer.build([null, null, null, 2]);
          const { grads } = tf.variableGrads(() => {
            const [a, b] = each.map((layer) => layer.apply(x!, { training: true }) as tf.Tensor);
            return tf.sum(tf.mul(tf.add(a!, b!), tf.sin(x!)));
          });
          for (const layer of each) for (const weight of layer.weights) weight.dispose();
          return tf.stack(
            Object.keys(grads)
              .sort()
              .map((name) => grads[name]!),
          );
        },
      },
      [random([2, 3, 3, 2])],
      { relative: 1e-4, absolute: 1e-5 },
    ));
});

describe("activations that may be computed again", () => {
  it("after a normalisation, times a number alone", () =>
    expectSame(
      {
        gradient(x) {
          const layer = layers.batchNormalization();
          layer.build([null, null, null, 32]);
          const gradient = tf.grad((x: tf.Tensor) => {
            const y = tf.relu(layer.apply(x, { training: true }) as tf.Tensor);
            return tf.sum(tf.mul(tf.mul(y, tf.scalar(0.5)), tf.sin(x)));
          });
          const dx = gradient(x!);
          for (const weight of layer.weights) weight.dispose();
          return dx;
        },
      },
      [random([1, 64, 64, 32])],
      { relative: 1e-3, absolute: 1e-4 },
    ));
});
