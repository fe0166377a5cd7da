import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { beforeEach, describe, expect, it } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { honourTrainable } from "../../src/layers/honourTrainable.js";
import { SeededDropout } from "../../src/layers/seededDropout.js";
import { freeze, unfreeze } from "../../src/models/freeze.js";
import { fit } from "../../src/training/fit.js";
import { giveContract, loss, makeSamples, memorySource, weightsOf } from "../training/support.js";

const on = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor;

/** Two convolutions with batch normalisation, then a head; with `nested` the first part is a model of its own. */
function network({ nested = false, dropout = false } = {}): LayersModel {
  const image = input({ shape: [2, 2, 1] });
  const part = (name: string, x: SymbolicTensor) => {
    const convolved = on(
      layers.conv2d({
        name: `${name}_conv`,
        filters: 3,
        kernelSize: 2,
        padding: "same",
        kernelInitializer: initializers.glorotUniform({ seed: name === "a" ? 1 : 2 }),
      }),
      x,
    );
    const normalized = on(layers.batchNormalization({ name: `${name}_bn`, momentum: 0.5 }), convolved);
    return on(layers.reLU({ name: `${name}_relu` }), normalized);
  };
  const first = (x: SymbolicTensor) => part("b", part("a", x));
  const inner = input({ shape: [2, 2, 1] });
  const features = nested
    ? on(model({ name: "encoder", inputs: inner, outputs: first(inner) }), image)
    : first(image);
  const dropped = dropout ? on(new SeededDropout({ name: "drop", rate: 0.5, seed: 3 }), features) : features;
  const flat = on(layers.flatten({ name: "flat" }), dropped);
  const built = model({
    inputs: image,
    outputs: on(
      layers.dense({ name: "head", units: 2, kernelInitializer: initializers.glorotUniform({ seed: 3 }) }),
      flat,
    ),
  });
  giveContract(built);
  return built;
}

/** Pixels from 0 to 1. */
const samples = (count: number, seed: number) =>
  makeSamples(count, seed).map(({ pixels, labels }) => ({
    pixels: pixels.map((value) => 1 / (1 + Math.exp(-value))),
    labels,
  }));

const train = (net: LayersModel, seed = 1) =>
  fit(net, {
    training: memorySource({ samples: samples(16, seed) }),
    loss,
    epochs: 2,
    learningRate: 0.05,
  });

/** Output of a layer for some images, as the model computes it in training or outside. */
async function outputOf(net: LayersModel, layer: string, training: boolean): Promise<Float32Array> {
  const part = model({ inputs: net.inputs, outputs: net.getLayer(layer).output as SymbolicTensor });
  const images = tf.tensor4d(
    samples(5, 9).flatMap(({ pixels }) => pixels),
    [5, 2, 2, 1],
  );
  const output = tf.tidy(() => part.apply(images, { training }) as tf.Tensor);
  const values = await output.data<"float32">();
  tf.dispose([images, output]);
  return values.slice();
}

const layerWeights = async (net: LayersModel, names: readonly string[]) => {
  const inner = (layer: layers.Layer): layers.Layer[] =>
    "layers" in layer ? (layer as LayersModel).layers.flatMap(inner) : [layer];
  const found = inner(net).filter(({ name }) => names.includes(name));
  const read = found.flatMap((layer) => layer.weights).map((weight) => weight.read().data<"float32">());
  return (await Promise.all(read)).map((values) => values.slice());
};

const encoder = ["a_conv", "a_bn", "b_conv", "b_bn"];

describe.each(["cpu", "onnx"] as const)("freeze, on %s", (backend) => {
  beforeEach(async () => {
    await useBackend(backend);
  });

  it.each([false, true])(
    "leaves weights and statistics bit-identical in training (nested model: %s)",
    async (nested) => {
      const net = network({ nested });
      await train(net);
      const { frozenLayers, trainableLayers } = freeze(net, { upTo: "b_relu" });
      expect([frozenLayers, trainableLayers]).toEqual([encoder, ["head"]]);
      const before = await layerWeights(net, encoder);
      const head = await layerWeights(net, ["head"]);
      await train(net, 2);
      expect(await layerWeights(net, encoder)).toEqual(before);
      expect(await layerWeights(net, ["head"])).not.toEqual(head);
    },
  );

  it("makes the frozen part give the same in training as outside, which trainable = false alone does not", async () => {
    const net = network();
    for (const name of encoder) net.getLayer(name).trainable = false;
    const before = await layerWeights(net, ["a_bn", "b_bn"]);
    expect(await outputOf(net, "b_relu", true)).not.toEqual(await outputOf(net, "b_relu", false));
    expect(await layerWeights(net, ["a_bn", "b_bn"])).not.toEqual(before);

    freeze(net, { upTo: "b_relu" });
    await train(net);
    const after = await layerWeights(net, ["a_bn", "b_bn"]);
    expect(await outputOf(net, "b_relu", true)).toEqual(await outputOf(net, "b_relu", false));
    expect(await layerWeights(net, ["a_bn", "b_bn"])).toEqual(after);
  });

  it("lets the layers after the frozen ones train, statistics included", async () => {
    const net = network();
    freeze(net, { upTo: "a_relu" });
    const frozen = await layerWeights(net, ["a_conv", "a_bn"]);
    const later = await layerWeights(net, ["b_conv", "b_bn"]);
    await train(net);
    expect(await layerWeights(net, ["a_conv", "a_bn"])).toEqual(frozen);
    const now = await layerWeights(net, ["b_conv", "b_bn"]);
    for (const [i, values] of now.entries()) {
      // A bias before batch normalisation has no effect, so its gradient is rounding only.
      if (i !== 1) expect(values).not.toEqual(later[i]);
    }
  });

  it("trains as if nothing had been frozen after unfreeze", async () => {
    const [thawed, other] = [network(), network()];
    other.setWeights(thawed.getWeights());
    freeze(thawed, { upTo: "b_relu" });
    unfreeze(thawed);
    await train(thawed);
    await train(other);
    expect(await weightsOf(thawed)).toEqual(await weightsOf(other));
  });

  it.each([false, true])(
    "stays after saving and loading, once honourTrainable is called (nested: %s)",
    async (nested) => {
      const net = network({ nested });
      freeze(net, { upTo: "b_relu" });
      let saved: tf.io.ModelArtifacts = {};
      await net.save(
        tf.io.withSaveHandler(async (artifacts) => {
          saved = artifacts;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
        }),
      );
      expect(JSON.stringify(saved.modelTopology)).not.toMatch(/Frozen/);
      const loaded = await loadLayersModel(tf.io.fromMemory(saved));
      giveContract(loaded);
      honourTrainable(loaded);
      const before = await layerWeights(loaded, encoder);
      await train(loaded);
      expect(await layerWeights(loaded, encoder)).toEqual(before);
      expect(loaded.trainableWeights).toHaveLength(2);
    },
  );
});

describe("freeze", () => {
  beforeEach(async () => {
    await useBackend("cpu");
  });

  it("counts all layers from the end as model.layers[:-n] of Keras, input layers excepted", () => {
    expect(freeze(network(), { allBut: 3 })).toEqual({
      frozenLayers: encoder,
      trainableLayers: ["head"],
      trainableParameters: 26,
      frozenParameters: 78,
    });
  });

  it("counts layers with weights from the end when asked", () => {
    expect(freeze(network(), { allBut: 2, counting: "layers with weights" }).trainableLayers).toEqual([
      "b_bn",
      "head",
    ]);
    expect(freeze(network(), { allBut: 0 }).trainableLayers).toEqual([]);
    expect(freeze(network(), { allBut: 5, counting: "layers with weights" }).frozenLayers).toEqual([]);
  });

  it("counts a nested model's layers, each by itself", () => {
    expect(freeze(network({ nested: true }), { allBut: 4 }).trainableLayers).toEqual(["b_bn", "head"]);
  });

  it("freezes a nested model as a whole by its name", () => {
    expect(freeze(network({ nested: true }), { upTo: "encoder" }).frozenLayers).toEqual(encoder);
  });

  it("freezes the layers that a function picks and thaws the others", () => {
    const net = network({ nested: true });
    net.trainable = false;
    const report = freeze(net, { layers: (layer) => layer.getClassName() === "BatchNormalization" });
    expect(report.frozenLayers).toEqual(["a_bn", "b_bn"]);
    expect(net.trainableWeights.map(({ originalName }) => originalName)).toEqual([
      "a_conv/kernel",
      "a_conv/bias",
      "b_conv/kernel",
      "b_conv/bias",
      "head/kernel",
      "head/bias",
    ]);
  });

  it("counts the moving statistics of a frozen layer as frozen, those of one that trains in neither", () => {
    const net = network();
    // Kernels 4 * 3, 4 * 9 and 12 * 2 with biases 3, 3 and 2, and two times four numbers for three channels.
    expect(freeze(net, { upTo: "a_bn" })).toMatchObject({
      frozenParameters: 15 + 12,
      trainableParameters: 39 + 6 + 26,
    });
    expect(unfreeze(net)).toMatchObject({ frozenParameters: 0, trainableParameters: 15 + 6 + 39 + 6 + 26 });
  });

  it("lets dropout drop in a frozen part, as Keras does", async () => {
    const net = network({ dropout: true });
    freeze(net, { upTo: "drop" });
    expect(await outputOf(net, "drop", true)).not.toEqual(await outputOf(net, "drop", false));
  });

  it("rejects an unknown layer and names the ones most like it", () => {
    expect(() => freeze(network({ nested: true }), { upTo: "b_convolution" })).toThrow(
      /has no layer "b_convolution"; the names most like it are b_conv, /,
    );
  });

  it.each([-1, 1.5, 9, Number.NaN])("rejects %d layers that stay trainable", (allBut) => {
    expect(() => freeze(network(), { allBut })).toThrow(
      /which\.allBut: is .*from 0 to 8, the number of layers/,
    );
  });
});
