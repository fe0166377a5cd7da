import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, loadLayersModel, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeEach, describe, expect, it } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { FrozenBatchNormalization } from "../../src/layers/frozenBatchNormalization.js";

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/frozenBatchNormalization.json", import.meta.url), "utf8"),
) as {
  shape: number[];
  x: number[];
  slope: number[];
  weights: Record<"gamma" | "beta" | "moving_mean" | "moving_variance", number[]>;
  y: number[];
  gradient: number[];
};
const names = ["gamma", "beta", "moving_mean", "moving_variance"] as const;
const training = { training: true };

const networkOf = (layer: layers.Layer) => {
  const x = input({ shape: fixture.shape.slice(1) });
  return model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor });
};

const withWeights = (layer: layers.Layer) => {
  const net = networkOf(layer);
  tf.tidy(() => layer.setWeights(names.map((name) => tf.tensor(fixture.weights[name]))));
  return net;
};

describe.each(["cpu", "wasm", "onnx"] as const)("FrozenBatchNormalization, on %s", (backend) => {
  beforeEach(async () => {
    await useBackend(backend);
  });

  it("is FrozenBatchNorm2d of torchvision in training, with its gradient to the input", async () => {
    const net = withWeights(new FrozenBatchNormalization({ epsilon: 1e-3 }));
    const [x, slope] = [tf.tensor(fixture.x, fixture.shape), tf.tensor(fixture.slope, fixture.shape)];
    const { value, grad } = tf.valueAndGrad((image: tf.Tensor) => net.apply(image, training) as tf.Tensor)(
      x,
      slope,
    );
    const largest = (values: Float32Array, expected: number[]) =>
      Math.max(...expected.map((number, i) => Math.abs(values[i]! - number)));
    expect(largest(await value.data<"float32">(), fixture.y)).toBeLessThan(1e-5);
    expect(largest(await grad.data<"float32">(), fixture.gradient)).toBeLessThan(1e-5);
    tf.dispose([x, slope, value, grad]);
    net.dispose();
  });

  it("gives in training what batchNormalization gives outside, with the same epsilon, and keeps its weights", async () => {
    const frozen = withWeights(new FrozenBatchNormalization());
    const usual = withWeights(layers.batchNormalization());
    const x = tf.tensor(fixture.x, fixture.shape);
    const before = tf.memory().numTensors;
    const [ours, theirs] = [frozen.apply(x, training) as tf.Tensor, usual.apply(x) as tf.Tensor];
    expect(await ours.data()).toEqual(await theirs.data());
    tf.dispose([ours, theirs]);
    expect(tf.memory().numTensors).toBe(before);
    for (const [i, name] of names.entries()) {
      expect(await frozen.weights[i]!.read().data()).toEqual(Float32Array.from(fixture.weights[name]));
    }
    x.dispose();
    frozen.dispose();
    usual.dispose();
  });
});

describe("FrozenBatchNormalization", () => {
  beforeEach(async () => {
    await useBackend("cpu");
  });

  it("has no trainable weight, whatever trainable says", () => {
    const net = networkOf(new FrozenBatchNormalization());
    net.layers[1]!.trainable = true;
    expect([net.trainableWeights.length, net.nonTrainableWeights.length]).toEqual([0, 4]);
    net.dispose();
  });

  it("takes the weights of a batchNormalization of the same name, by name", async () => {
    const usual = withWeights(layers.batchNormalization({ name: "bn1" }));
    const frozen = networkOf(new FrozenBatchNormalization({ name: "bn1" }));
    const named = Object.fromEntries(usual.weights.map((weight) => [weight.originalName, weight.read()]));
    frozen.loadWeights(named);
    for (const [i, weight] of frozen.weights.entries()) {
      expect(await weight.read().data()).toEqual(Float32Array.from(fixture.weights[names[i]!]));
    }
    usual.dispose();
    frozen.dispose();
  });

  it("is saved and loaded with its epsilon", async () => {
    const net = withWeights(new FrozenBatchNormalization({ epsilon: 0.5 }));
    let saved: tf.io.ModelArtifacts = {};
    await net.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    const loaded = await loadLayersModel(tf.io.fromMemory(saved));
    const x = tf.tensor(fixture.x, fixture.shape);
    expect(await (loaded.apply(x) as tf.Tensor).data()).toEqual(await (net.apply(x) as tf.Tensor).data());
  });

  it("normalises the last axis of two and three axes too, and keeps NaN where it is", async () => {
    for (const shape of [
      [2, 3],
      [2, 2, 3],
    ]) {
      const layer = new FrozenBatchNormalization({ epsilon: 0 });
      const x = tf.fill(shape, 2);
      layer.apply(x);
      tf.tidy(() =>
        layer.setWeights([
          tf.tensor([3, 1, 1]),
          tf.tensor([0, 5, 0]),
          tf.tensor([1, 0, 0]),
          tf.tensor([4, 1, 1]),
        ]),
      );
      const values = [...(await (layer.apply(x) as tf.Tensor).data())];
      expect(values.slice(0, 3)).toEqual([1.5, 7, 2]);
    }
    const layer = new FrozenBatchNormalization();
    const values = await (layer.apply(tf.tensor2d([[Number.NaN, 1]]), training) as tf.Tensor).data();
    expect([values[0], Number.isFinite(values[1])]).toEqual([Number.NaN, true]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("rejects an epsilon of %d", (epsilon) => {
    expect(() => new FrozenBatchNormalization({ epsilon })).toThrow(/config\.epsilon: is/);
  });

  it("rejects an input whose number of channels is unknown", () => {
    expect(() => new FrozenBatchNormalization().apply(input({ shape: [2, 2, null] }))).toThrow(
      /known number of channels/,
    );
  });
});
