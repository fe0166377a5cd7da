import * as tf from "@tensorflow/tfjs-core";
import { layers, model, type SymbolicTensor, input as tfInput } from "@tensorflow/tfjs-layers";
import { useBackend } from "radiolucent";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../../src/random.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 2 });
});

const normal = (shape: number[], seed: number, mean = 0, deviation = 1) => {
  const random = randomStream(seed);
  const values = Array.from(
    { length: shape.reduce((a, b) => a * b) },
    () => mean + deviation * random.normal(),
  );
  return tf.tensor(Float32Array.from(values), shape);
};

/** A layer's output, gradients and moving statistics in training, and its output at inference after. */
async function train(backend: string, shape: number[], config: object, make: () => tf.Tensor) {
  await tf.setBackend(backend);
  const image = tfInput({ shape: shape.slice(1) });
  const layer = layers.batchNormalization({ ...config, name: "bn" });
  const network = model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
  for (const [i, weight] of network.trainableWeights.entries()) {
    weight.write(normal(weight.shape as number[], 7 + i, 0.5));
  }
  const x = make();
  const direction = normal(shape, 3);
  const f = (...[input]: tf.Tensor[]) =>
    tf.sum(tf.mul(network.apply(input!, { training: true }) as tf.Tensor, direction));
  const variables = network.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const output = network.apply(x, { training: true }) as tf.Tensor;
  const { grads } = tf.variableGrads(() => f(x) as tf.Scalar, variables);
  const results = {
    output,
    gradient: tf.grad(f as (x: tf.Tensor) => tf.Tensor)(x),
    ...Object.fromEntries(variables.map((variable, i) => [`gradient of weight ${i}`, grads[variable.name]!])),
    ...Object.fromEntries(network.nonTrainableWeights.map((weight, i) => [`moving ${i}`, weight.read()])),
    inference: network.predict(x) as tf.Tensor,
  };
  return Object.fromEntries(
    await Promise.all(
      Object.entries(results).map(async ([name, tensor]) => [name, await tensor.data()] as const),
    ),
  );
}

/** Expects each result to differ from the CPU backend's by at most `bound` of its largest value. */
async function expectSame(shape: number[], config: object, make: () => tf.Tensor, bound: number) {
  const expected = await train("cpu", shape, config, make);
  const actual = await train("onnx", shape, config, make);
  for (const [name, values] of Object.entries(expected)) {
    const list = Array.from(values);
    const largest = Math.max(...list.map(Math.abs));
    const apart = Math.max(...list.map((value, i) => Math.abs(value - actual[name]![i]!)));
    expect(apart / largest, name).toBeLessThan(bound);
  }
}

describe("batch normalisation in training gives the CPU backend's output, gradients and moving statistics", () => {
  const shape = [3, 7, 5, 6];
  const cases = {
    "channels last": {},
    "other momentum and epsilon": { momentum: 0.9, epsilon: 1e-5 },
    "axis 3": { axis: 3 },
  };
  for (const [title, config] of Object.entries(cases)) {
    it(title, () => expectSame(shape, config, () => normal(shape, 1), 1e-4));
  }

  it("a mean of a hundred deviations: the variance is not lost in the mean's square", () =>
    expectSame(shape, {}, () => normal(shape, 1, 100, 1), 1e-3));

  it("a mean of ten thousand deviations: the output still has the right deviation", async () => {
    const make = () => normal(shape, 1, 1e4, 1);
    const [expected, actual] = [await train("cpu", shape, {}, make), await train("onnx", shape, {}, make)];
    expect(
      Math.max(...actual.output!.map((value, i) => Math.abs(value - expected.output![i]!))),
    ).toBeLessThan(0.02);
  });

  it("a channel that is one number everywhere has variance 0", () =>
    expectSame(
      shape,
      {},
      () => tf.tidy(() => tf.concat([normal([3, 7, 5, 5], 1), tf.fill([3, 7, 5, 1], 0.75)], 3)),
      1e-4,
    ));

  it("vectors, by TensorFlow.js's own operations", () =>
    expectSame([6, 4], {}, () => normal([6, 4], 1), 1e-4));

  it("NaN in one channel stays in that channel", async () => {
    const make = () => {
      const x = normal(shape, 1).arraySync() as number[][][][];
      x[1]![2]![3]![4] = Number.NaN;
      return tf.tensor(x);
    };
    const [expected, actual] = [await train("cpu", shape, {}, make), await train("onnx", shape, {}, make)];
    const nans = (values: ArrayLike<number>) => Array.from(values, Number.isNaN);
    expect(nans(actual.output!)).toEqual(nans(expected.output!));
    expect(nans(actual["moving 1"]!)).toEqual(nans(expected["moving 1"]!));
  });

  it("without scale or centre, which TensorFlow.js cannot train, it trains as with 1 and 0", async () => {
    await tf.setBackend("onnx");
    const image = tfInput({ shape: shape.slice(1) });
    const bare = layers.batchNormalization({ scale: false, center: false });
    const network = model({ inputs: image, outputs: bare.apply(image) as SymbolicTensor });
    const y = network.apply(normal(shape, 1), { training: true }) as tf.Tensor;
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    for (const value of await mean.data()) expect(Math.abs(value)).toBeLessThan(1e-6);
    for (const value of await variance.data()) expect(value).toBeCloseTo(1, 2);
  });

  it("nothing falls back to the CPU's kernels with the channels last", () => {
    const { BatchNormalization, FusedBatchNorm, ...others } = onnxBackendReport().fallbacks;
    expect([BatchNormalization, others]).toEqual([undefined, {}]);
  });
});
