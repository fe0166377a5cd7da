import * as tf from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { beforeEach, describe, expect, it } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { honourTrainable } from "../../src/layers/honourTrainable.js";

const training = { training: true };
const shape = [2, 2, 3];
const images = () =>
  tf.tensor4d(
    Float32Array.from({ length: 48 }, (_, i) => 2 + Math.sin(i)),
    [4, 2, 2, 3],
  );

const networkOf = (layer: layers.Layer): LayersModel => {
  const x = input({ shape });
  return model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor });
};

async function run(net: layers.Layer, options = {}): Promise<Float32Array> {
  const output = tf.tidy(() => net.apply(images(), options) as tf.Tensor);
  const values = await output.data<"float32">();
  output.dispose();
  return values.slice();
}

/** Whether the layer uses and updates statistics in training as batch normalisation that trains. */
async function trains(net: layers.Layer): Promise<boolean> {
  const values = async () => {
    const statistics = net.weights.filter(({ originalName }) => originalName.includes("moving"));
    return (await Promise.all(statistics.map((weight) => weight.read().data()))).map((data) => data.slice());
  };
  const before = await values();
  const outside = await run(net);
  const inside = await run(net, training);
  const updates = !tf.util.arraysEqual(
    (await values()).flatMap((d) => [...d]),
    before.flatMap((d) => [...d]),
  );
  const usesBatch = !tf.util.arraysEqual(inside, outside);
  expect(updates).toBe(usesBatch);
  return updates;
}

describe.each(["cpu", "onnx"] as const)("honourTrainable, on %s", (backend) => {
  beforeEach(async () => {
    await useBackend(backend);
  });

  it("makes a layer that isn't trainable use and keep its moving statistics, which TensorFlow.js doesn't", async () => {
    const net = networkOf(layers.batchNormalization({ trainable: false }));
    expect(await trains(net)).toBe(true);
    honourTrainable(net);
    expect(await trains(net)).toBe(false);
  });

  it("asks at each call, so that a thawed layer trains", async () => {
    const layer = layers.batchNormalization({});
    const net = networkOf(layer);
    honourTrainable(net);
    honourTrainable(net);
    expect(await trains(net)).toBe(true);
    layer.trainable = false;
    expect(await trains(net)).toBe(false);
    layer.trainable = true;
    expect(await trains(net)).toBe(true);
  });

  it("changes no bit of layers that train", async () => {
    const [one, other] = [networkOf(layers.batchNormalization({})), networkOf(layers.batchNormalization({}))];
    honourTrainable(one);
    expect(await run(one, training)).toEqual(await run(other, training));
    expect(await run(one)).toEqual(await run(other));
  });

  it.each([{ scale: false }, { center: false }, { scale: false, center: false }])(
    "trains with gamma 1 or beta 0 for %o, where TensorFlow.js throws",
    async (config) => {
      const net = networkOf(layers.batchNormalization(config));
      if (backend === "cpu") expect(() => net.apply(images(), training)).toThrow(/undefined/);
      honourTrainable(net);
      const full = networkOf(layers.batchNormalization({}));
      expect(await run(net, training)).toEqual(await run(full, training));
      expect(await run(net)).toEqual(await run(full));
    },
  );
});

describe("honourTrainable", () => {
  beforeEach(async () => {
    await useBackend("cpu");
  });

  it("reaches nested models, sequential ones and wrapped layers", async () => {
    const layer = layers.batchNormalization({ trainable: false });
    const inner = sequential({ layers: [layers.inputLayer({ inputShape: shape }), layer] });
    const wrapped = layers.batchNormalization({ trainable: false });
    const net = networkOf(networkOf(inner));
    const repeated = networkOf(layers.timeDistributed({ layer: wrapped }));
    expect([await trains(net), await trains(repeated)]).toEqual([true, true]);
    honourTrainable(net);
    honourTrainable(repeated);
    expect([await trains(net), await trains(repeated)]).toEqual([false, false]);
  });

  it("takes a layer in a model that isn't trainable as frozen", async () => {
    const inner = networkOf(layers.batchNormalization({}));
    const net = networkOf(inner);
    honourTrainable(net);
    expect(await trains(net)).toBe(true);
    inner.trainable = false;
    expect(await trains(net)).toBe(false);
    inner.trainable = true;
    net.trainable = false;
    expect(await trains(net)).toBe(false);
  });

  it("leaves other models and what is saved alone", async () => {
    const net = networkOf(layers.batchNormalization({ trainable: false }));
    const other = networkOf(layers.batchNormalization({ trainable: false }));
    const before = net.toJSON();
    honourTrainable(net);
    expect(net.toJSON()).toBe(before);
    expect(await trains(other)).toBe(true);
  });

  it("leaves no tensor behind", async () => {
    const net = networkOf(layers.batchNormalization({ scale: false }));
    honourTrainable(net);
    const x = images();
    const variables = net.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const before = tf.memory().numTensors;
    const { value, grads } = tf.variableGrads(
      () => tf.sum(tf.square(net.apply(x, training) as tf.Tensor)) as tf.Scalar,
      variables,
    );
    tf.dispose([value, grads, net.apply(x, training) as tf.Tensor]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
