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

  it("drops whole samples with noiseShape [null, 1, 1, 1], each by itself, with the same masks on wasm", async () => {
    const layer = () => new SeededDropout({ rate: 0.25, seed: 2, noiseShape: [null, 1, 1, 1] });
    const values = await dropped(layer(), [400, 2, 1, 3], 1.5);
    const samples = Array.from({ length: 400 }, (_, i) => new Set(values.slice(6 * i, 6 * i + 6)));
    expect(samples.every((sample) => sample.size === 1)).toBe(true);
    expect(new Set(values)).toEqual(new Set([0, 2]));
    // Standard deviation of the share: sqrt(.25 * .75 / 400) = .022.
    expect(Math.abs(samples.filter((sample) => sample.has(0)).length / 400 - 0.25)).toBeLessThan(4 * 0.022);
    await tf.setBackend("wasm");
    expect(await dropped(layer(), [400, 2, 1, 3], 1.5)).toEqual(values);
  });

  it("has a noise shape of null, 1 or the input's size", async () => {
    const layer = (...noiseShape: (number | null)[]) => new SeededDropout({ rate: 0.5, seed: 1, noiseShape });
    expect(await dropped(layer(4, null), [4, 16])).toEqual(
      await dropped(new SeededDropout({ rate: 0.5, seed: 1 }), [4, 16]),
    );
    await expect(dropped(layer(null, 1), [4, 5, 6])).rejects.toThrow(
      /config\.noiseShape: \[null, 1\] does not fit an input of shape \[4, 5, 6\]/,
    );
    await expect(dropped(layer(null, 3), [4, 5])).rejects.toThrow(/\[null, 3\] does not fit/);
    expect(() => layer(null, 0)).toThrow(/config\.noiseShape: holds 0; expected null, 1 or/);
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

  it.each([undefined, [null, 1]])(
    "goes on with its sequence after saving and loading, noise shape %j",
    async (noiseShape) => {
      const x = input({ shape: [2] });
      const layer = new SeededDropout({ rate: 0.5, seed: 9, ...(noiseShape && { noiseShape }) });
      const saved = model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor });
      const run = (m: layers.Layer) => tf.tidy(() => m.apply(tf.ones([64, 2]), training) as tf.Tensor).data();
      const first = await run(saved);
      let artifacts: tf.io.ModelArtifacts = {};
      await saved.save(
        tf.io.withSaveHandler(async (parts) => {
          artifacts = JSON.parse(JSON.stringify(parts)) as tf.io.ModelArtifacts;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
        }),
      );
      const loaded = await loadLayersModel(
        tf.io.fromMemory({ ...artifacts, weightData: new ArrayBuffer(0) }),
      );
      const second = await run(saved);
      expect(second).not.toEqual(first);
      expect(await run(loaded)).toEqual(second);
    },
  );

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
