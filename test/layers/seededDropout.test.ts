import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, loadLayersModel, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeEach, describe, expect, it } from "vitest";
import { SeededDropout } from "../../src/layers/seededDropout.js";

const training = { training: true };
const dropped = async (layer: SeededDropout, shape: number[], value = 1): Promise<Float32Array> => {
  const output = tf.tidy(() => layer.apply(tf.fill(shape, value), training) as tf.Tensor);
  const values = await output.data<"float32">();
  output.dispose();
  return values;
};

describe("SeededDropout", () => {
  beforeEach(async () => {
    await tf.setBackend("cpu");
  });

  it("drops the share `rate` and divides what stays by 1 - rate", async () => {
    const values = await dropped(new SeededDropout({ rate: 0.2, seed: 3 }), [100, 200], 2);
    expect(new Set(values)).toEqual(new Set([0, 2.5]));
    const share = values.filter((value) => value === 0).length / values.length;
    // Standard deviation of the share: sqrt(.2 * .8 / 20000) = .0028.
    expect(Math.abs(share - 0.2)).toBeLessThan(4 * 0.0028);
  });

  it("has a new mask on every call, and the same sequence for the same seed", async () => {
    const sequence = async (seed: number) => {
      const layer = new SeededDropout({ rate: 0.5, seed });
      return [await dropped(layer, [64]), await dropped(layer, [64]), await dropped(layer, [64])];
    };
    const first = await sequence(1);
    expect(first[1]).not.toEqual(first[0]);
    expect(first[2]).not.toEqual(first[1]);
    expect(await sequence(1)).toEqual(first);
    expect((await sequence(2))[0]).not.toEqual(first[0]);
  });

  it("has the same masks on wasm as on cpu", async () => {
    const onCpu = await dropped(new SeededDropout({ rate: 0.3, seed: 5 }), [4, 5, 6], 1.7);
    await tf.setBackend("wasm");
    expect(await dropped(new SeededDropout({ rate: 0.3, seed: 5 }), [4, 5, 6], 1.7)).toEqual(onCpu);
  });

  it("passes input on outside training, which does not move the sequence", async () => {
    const layer = new SeededDropout({ rate: 0.5, seed: 1 });
    const output = layer.apply(tf.ones([64])) as tf.Tensor;
    expect(new Set(await output.data())).toEqual(new Set([1]));
    expect(await dropped(layer, [64])).toEqual(
      await dropped(new SeededDropout({ rate: 0.5, seed: 1 }), [64]),
    );
  });

  it("passes the gradient on through what stays", async () => {
    const layer = () => new SeededDropout({ rate: 0.5, seed: 1 });
    const slope = tf.grad((x) => tf.sum(layer().apply(x, training) as tf.Tensor))(tf.ones([64]));
    expect(await slope.data()).toEqual(await dropped(layer(), [64]));
  });

  it("leaves no tensor behind", () => {
    const layer = new SeededDropout({ rate: 0.5 });
    const x = tf.ones([8]);
    const before = tf.memory().numTensors;
    tf.dispose([layer.apply(x, training) as tf.Tensor, layer.apply(x) as tf.Tensor]);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  it("goes on with its sequence after saving and loading", async () => {
    const x = input({ shape: [64] });
    const saved = model({
      inputs: x,
      outputs: new SeededDropout({ rate: 0.5, seed: 9 }).apply(x) as SymbolicTensor,
    });
    const run = (m: layers.Layer) => tf.tidy(() => m.apply(tf.ones([1, 64]), training) as tf.Tensor).data();
    const first = await run(saved);
    let artifacts: tf.io.ModelArtifacts = {};
    await saved.save(
      tf.io.withSaveHandler(async (parts) => {
        artifacts = JSON.parse(JSON.stringify(parts)) as tf.io.ModelArtifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    const loaded = await loadLayersModel(tf.io.fromMemory({ ...artifacts, weightData: new ArrayBuffer(0) }));
    const second = await run(saved);
    expect(second).not.toEqual(first);
    expect(await run(loaded)).toEqual(second);
  });

  it.each([-0.1, 1, NaN])("rejects a rate of %d", (rate) => {
    expect(() => new SeededDropout({ rate })).toThrow(/config\.rate: is .*; expected a number in \[0, 1\)/);
  });
});

describe("tfjs BatchNormalization in training", () => {
  it("leaves no tensor behind, with or without tf.tidy", async () => {
    await tf.setBackend("cpu");
    const x = input({ shape: [4, 4, 2] });
    const net = model({ inputs: x, outputs: layers.batchNormalization().apply(x) as SymbolicTensor });
    const images = tf.ones([2, 4, 4, 2]);
    const before = tf.memory().numTensors;
    tf.dispose(net.apply(images, training) as tf.Tensor);
    tf.tidy(() => void net.apply(images, training));
    expect(tf.memory().numTensors).toBe(before);
    images.dispose();
    net.dispose();
  });
});
