import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { useBackend } from "radiolucent";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../../src/random.js";
import { smallDenseNet, smallResNet, smallUNet } from "./networks.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 2 });
});

const images = (shape: number[], seed: number) => {
  const random = randomStream(seed);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    shape,
  );
};

const networks: Record<string, { model: () => LayersModel; size: number[]; output: number[] }> = {
  DenseNet: { model: () => smallDenseNet(29, 3), size: [29, 30, 3], output: [5] },
  ResNet: { model: () => smallResNet(13, 1), size: [13, 14, 1], output: [5] },
  "U-Net": { model: () => smallUNet(16, 1), size: [16, 16, 1], output: [16, 16, 1] },
};

const optimizers = {
  Adam: () => tf.train.adam(0.01),
  SGD: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  RMSProp: () => tf.train.rmsprop(0.003),
};

interface Run {
  readonly losses: number[];
  readonly gradients: Record<string, Float32Array>;
  readonly prediction: Float32Array;
  readonly weights: Float32Array[];
}

/** Five steps, the last with an uneven batch, a prediction between them, and the gradients of the first. */
async function train(
  backend: string,
  { model: build, size, output }: (typeof networks)[string],
  optimizer: keyof typeof optimizers,
): Promise<Run> {
  await tf.setBackend(backend);
  const model = build();
  const chosen = optimizers[optimizer]();
  const losses: number[] = [];
  let gradients: Record<string, Float32Array> = {};
  let prediction = new Float32Array();
  for (let step = 0; step < 5; step++) {
    const batch = step === 4 ? 1 : 3;
    const x = images([batch, ...size], 10 + step);
    const y = tf.tidy(() => tf.cast(tf.greater(images([batch, ...output], 20 + step), 0), "float32"));
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const { value, grads } = tf.tidy(() =>
      tf.variableGrads(
        () => tf.losses.sigmoidCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
        variables,
      ),
    );
    losses.push((await value.data())[0]!);
    if (step === 0) {
      const read = model.trainableWeights.map(async ({ name }, i) => [
        name.replace(/_\d+$/, ""),
        await grads[variables[i]!.name]!.data(),
      ]);
      gradients = Object.fromEntries(await Promise.all(read)) as Record<string, Float32Array>;
    }
    chosen.applyGradients(variables.map(({ name }) => ({ name, tensor: grads[name]! })));
    if (step === 2) {
      const predicted = model.predict(x) as tf.Tensor;
      prediction = (await predicted.data()) as Float32Array<ArrayBuffer>;
      predicted.dispose();
    }
    tf.dispose([x, y, value, grads]);
  }
  const weights = await Promise.all(model.getWeights().map(async (w) => (await w.data()) as Float32Array));
  model.dispose();
  chosen.dispose();
  return { losses, gradients, prediction, weights };
}

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const difference = (a: Float32Array, b: Float32Array): number => largest(a.map((value, i) => value - b[i]!));

describe("five steps of training, the last on one image, give the CPU backend's numbers", () => {
  for (const [name, network] of Object.entries(networks)) {
    for (const optimizer of name === "DenseNet"
      ? (Object.keys(optimizers) as never[])
      : (["Adam"] as never[])) {
      it(`${name}, ${optimizer}: losses to 1e-4, first gradients to 1e-3, prediction to 1e-3`, async () => {
        const tensors = [tf.memory().numTensors];
        const expected = await train("cpu", network, optimizer);
        tensors.push(tf.memory().numTensors);
        const actual = await train("onnx", network, optimizer);
        tensors.push(tf.memory().numTensors);
        // TensorFlow.js's momentum leaves one tensor behind on any backend.
        expect(tensors[2]! - tensors[1]!).toBe(tensors[1]! - tensors[0]!);
        for (const [i, loss] of expected.losses.entries()) {
          expect(Math.abs(actual.losses[i]! - loss)).toBeLessThan(1e-4 * loss);
        }
        // Before another normalisation the gradient of a scale is a sum that nearly cancels: what is left of it is small
        // beside the others, and so is what its rounding matters.
        const most = Math.max(...Object.values(expected.gradients).map(largest));
        for (const [weight, gradient] of Object.entries(expected.gradients)) {
          const bound = 1e-3 * largest(gradient) + 1e-6 * most;
          expect(difference(gradient, actual.gradients[weight]!), weight).toBeLessThan(bound);
        }
        expect(difference(expected.prediction, actual.prediction)).toBeLessThan(
          1e-3 * largest(expected.prediction),
        );
        expect(onnxBackendReport().fallbacks).toEqual({});
      });
    }
  }

  it("twice the same: the same bits", async () => {
    expect(await train("onnx", networks.DenseNet!, "Adam")).toEqual(
      await train("onnx", networks.DenseNet!, "Adam"),
    );
  });
});
