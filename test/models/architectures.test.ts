import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { beforeEach, describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.js";
import { weightedBinaryCrossentropy } from "../../src/losses/weightedBinaryCrossentropy.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { denseNet } from "../../src/models/denseNet.js";
import type { ImageClassifierOptions } from "../../src/models/imageClassifier.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { randomStream } from "../../src/random.js";

/** Every architecture, small; a new one joins by a line here. */
const architectures: {
  name: string;
  smallest: number;
  build: (options: ImageClassifierOptions) => LayersModel;
}[] = [
  {
    name: "simpleCnn",
    smallest: 10, // (10 - 2) / 2 = 4, (4 - 2) / 2 = 1
    build: (options) => simpleCnn({ filters: [4, 8], kernelSize: 3, ...options }),
  },
  {
    name: "simpleCnn",
    smallest: 4,
    build: (options) => simpleCnn({ filters: [4, 8], kernelSize: 3, padding: "same", ...options }),
  },
  {
    name: "denseNet",
    smallest: 5, // 5 -> 3 -> 2 in the stem, 1 after the transition
    build: (options) => denseNet({ blocks: [2, 1], growthRate: 3, initialFilters: 4, ...options }),
  },
];

const classes = ["Edema", "Effusion", "Nodule"];
const size = { height: 11, width: 14, channels: 1, classes } as const;

function noise(shape: [number, number, number, number], seed = 0): tf.Tensor4D {
  const random = randomStream(seed);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal());
  return tf.tensor4d(values, shape);
}

const variables = (model: LayersModel) =>
  model.trainableWeights.map((weight) => weight.read() as tf.Variable);

const weightsOf = async (model: LayersModel) =>
  Promise.all(model.getWeights().map(async (weight) => [...(await weight.data())]));

/** The model as it comes back from files: topology and metadata through JSON, weights through bytes. */
async function savedAndLoaded(model: LayersModel): Promise<LayersModel> {
  let loaded: Promise<LayersModel> | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ weightData, ...artifacts }) => {
      const json = JSON.parse(JSON.stringify(artifacts)) as tf.io.ModelArtifacts;
      loaded = loadLayersModel(tf.io.fromMemory({ ...json, ...(weightData && { weightData }) }));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  return loaded!;
}

describe.each(architectures)("$name, smallest $smallest", ({ name, smallest, build }) => {
  beforeEach(async () => {
    await tf.setBackend("cpu");
  });

  it("gives finite logits [batch, classes]", async () => {
    const model = build(size);
    const logits = model.predict(noise([2, 11, 14, 1])) as tf.Tensor;
    expect(logits.shape).toEqual([2, 3]);
    expect([...(await logits.data())].every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it("has a finite gradient, not all 0, in every trainable weight", async () => {
    const model = build(size);
    const loss = weightedBinaryCrossentropy();
    const { grads } = tf.variableGrads(
      () =>
        loss(
          tf.tensor2d([1, 0, 1, 0, 1, NaN], [2, 3]),
          model.apply(noise([2, 11, 14, 1]), { training: true }) as tf.Tensor,
        ),
      variables(model),
    );
    expect(Object.keys(grads)).toHaveLength(model.trainableWeights.length);
    for (const [weight, gradient] of Object.entries(grads)) {
      const values = [...(await gradient.data())];
      expect(values.every(Number.isFinite), weight).toBe(true);
      expect(
        values.some((value) => value !== 0),
        weight,
      ).toBe(true);
    }
    model.dispose();
  });

  it("takes odd, oblong and three-channel images, and the smallest size it names", async () => {
    for (const [height, width, channels] of [
      [smallest, smallest, 1],
      [smallest + 1, 21, 3],
      [17, smallest, 1],
    ] as const) {
      const model = build({ ...size, height, width, channels });
      const logits = model.predict(noise([1, height, width, channels])) as tf.Tensor;
      expect([...(await logits.data())].every(Number.isFinite)).toBe(true);
      model.dispose();
    }
  });

  it("rejects smaller and fractional sizes, other channels and unclear classes before it makes a tensor", () => {
    const before = tf.memory().numTensors;
    const tooSmall = new RegExp(`is ${smallest - 1};.* at least ${smallest} x ${smallest} pixels`);
    expect(() => build({ ...size, height: smallest - 1 })).toThrow(tooSmall);
    expect(() => build({ ...size, width: smallest - 1 })).toThrow(tooSmall);
    expect(() => build({ ...size, width: 20.5 })).toThrow(ArgumentError);
    expect(() => build({ ...size, channels: 2 as 3 })).toThrow(/options\.channels: is 2/);
    expect(() => build({ ...size, classes: [] })).toThrow(/options\.classes: is empty/);
    expect(() => build({ ...size, classes: ["A", "B", "A"] })).toThrow(/"A" stands twice/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("carries its contract, whose normalisation is open until training", () => {
    const model = build(size);
    expect(contractOf(model)).toEqual({
      version: 1,
      architecture: name,
      heads: [{ name: "predictions", classes, output: "logits" }],
      input: { height: 11, width: 14, channels: 1 },
    });
    expect(model.outputNames).toEqual(["predictions"]);
    model.dispose();
  });

  it("is the same after saving and loading: weights, contract, outputs in inference and in training", async () => {
    const model = build(size);
    const thresholds = { values: [0.3, NaN, 0.7], criterion: "youden", chosenOn: "validation" };
    const heads = contractOf(model).heads.map((head) => ({ ...head, thresholds }));
    setContract(model, { ...contractOf(model), heads });
    const images = noise([2, 11, 14, 1]);
    tf.dispose(model.apply(images, { training: true }) as tf.Tensor);
    const loaded = await savedAndLoaded(model);
    expect(contractOf(loaded)).toEqual(contractOf(model));
    expect(await weightsOf(loaded)).toEqual(await weightsOf(model));
    for (const training of [false, true]) {
      const [a, b] = [model, loaded].map((m) => m.apply(images, { training }) as tf.Tensor);
      expect(await b!.data()).toEqual(await a!.data());
    }
    tf.dispose(images);
    for (const m of [model, loaded]) m.dispose();
  });

  it("learns one batch by heart and leaves no tensor", async () => {
    const before = tf.memory().numTensors;
    const model = build(size);
    const images = noise([4, 11, 14, 1]);
    const labels = tf.tensor2d([1, 0, 0, 0, 1, 0, 1, 0, 1, NaN, 1, 0], [4, 3]);
    const loss = weightedBinaryCrossentropy({ reduction: "mean" });
    const optimizer = tf.train.adam(0.05);
    const step = async () => {
      const value = optimizer.minimize(
        () => loss(labels, model.apply(images, { training: true }) as tf.Tensor),
        true,
        variables(model),
      )!;
      const [number] = await value.data();
      value.dispose();
      return number!;
    };
    const losses = [await step(), await step()];
    const held = tf.memory().numTensors;
    while (losses.length < 16) losses.push(await step());
    expect(tf.memory().numTensors).toBe(held);
    const last = losses.slice(-3).reduce((a, b) => a + b) / 3;
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(last).toBeLessThan(0.15);
    optimizer.dispose();
    tf.dispose([images, labels]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("has the same weights for the same seed, on wasm as on cpu, and others for another seed", async () => {
    const weights = async (seed: number) => {
      const model = build({ ...size, seed });
      const values = await weightsOf(model);
      model.dispose();
      return values;
    };
    const onCpu = await weights(1);
    expect(await weights(2)).not.toEqual(onCpu);
    await tf.setBackend("wasm");
    expect(await weights(1)).toEqual(onCpu);
  });
});
