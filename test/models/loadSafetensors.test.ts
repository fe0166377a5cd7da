import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  model as modelOf,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../src/backends/useBackend.js";
import { normalize } from "../../src/images/standardize.js";
import { FrozenBatchNormalization } from "../../src/layers/frozenBatchNormalization.js";
import { denseNet } from "../../src/models/denseNet.js";
import { loadSafetensors } from "../../src/models/loadSafetensors.js";
import { resNet } from "../../src/models/resNet.js";
import {
  encodeSafetensors,
  parseSafetensors,
  type WritableSafetensor,
} from "../../src/models/safetensors.js";
import { torchDenseNet, torchResNet } from "../../src/models/torchNames.js";
import { type Computed, fileOf, fixture, hashedFile } from "../fixtures/safetensorsFile.js";

const classes = (count: number) => Array.from({ length: count }, (_, i) => `finding ${i + 1}`);
const { smallDenseNet, otherLayers, full } = fixture;
const small = fileOf(smallDenseNet.file);

const models: LayersModel[] = [];
function kept(model: LayersModel): LayersModel {
  models.push(model);
  return model;
}
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

const smallModel = (options: { channels?: 1 | 3; classes?: string[]; blocks?: number[] } = {}) => {
  const { height, width, channels } = smallDenseNet;
  const own = { ...smallDenseNet.options, classes: classes(18) };
  return kept(denseNet({ height, width, channels, ...own, ...options }));
};

/** Greatest difference between the model's logits and PyTorch's, for the waves as image. */
async function difference(model: LayersModel, computed: Computed) {
  const { height, width, channels, logits } = computed;
  const pixels = Float32Array.from({ length: height * width * channels }, (_, k) => Math.sin(0.37 * k));
  const values = await tf.tidy(() => {
    const image = tf.tensor4d(pixels, [1, height, width, channels]);
    return model.predict(image) as tf.Tensor;
  });
  const got = await values.data();
  values.dispose();
  expect(got).toHaveLength(logits.length);
  return Math.max(...logits.map((logit, i) => Math.abs(logit - got[i]!)));
}

/** The small DenseNet's file with other keys, tensors or dtypes. */
function changed(change: (key: string, tensor: WritableSafetensor) => [string, WritableSafetensor][]) {
  const tensors = [...parseSafetensors(small).tensors] as [string, WritableSafetensor][];
  return encodeSafetensors(new Map(tensors.flatMap(([key, tensor]) => change(key, tensor))));
}
const renamed = (rename: (key: string) => string) => changed((key, tensor) => [[rename(key), tensor]]);

describe("loadSafetensors", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  it("gives a DenseNet of torchxrayvision's form PyTorch's logits to 1e-4, and accounts for every tensor", async () => {
    const model = smallModel();
    const before = tf.memory().numTensors;
    const report = loadSafetensors(model, small);
    expect(tf.memory().numTensors).toBe(before);
    expect(await difference(model, smallDenseNet)).toBeLessThan(1e-4);
    expect(report.missing).toEqual([]);
    const withWeights = model.layers.filter((layer) => layer.weights.length > 0);
    expect(report.loaded.map(({ layer }) => layer)).toEqual(withWeights.map(({ name }) => name));
    expect(report.skipped).toEqual([
      { name: "op_threshs", reason: expect.stringMatching(/decision thresholds on probabilities/) },
      { name: "num_batches_tracked", reason: expect.stringMatching(/^12 counters/) },
    ]);
  });

  it.each<[string, (key: string) => string]>([
    ["DataParallel's", (key) => `module.${key}`],
    [
      "CheXNet's, with torchvision's old spelling norm.1",
      (key) =>
        `module.densenet121.${key.replace(/(norm|conv)([12])\./, "$1.$2.").replace("classifier", "classifier.0")}`,
    ],
  ])("reads %s keys", async (_, rename) => {
    const model = smallModel();
    expect(loadSafetensors(model, renamed(rename)).missing).toEqual([]);
    expect(await difference(model, smallDenseNet)).toBeLessThan(1e-4);
  });

  it("rounds F64 and says so", async () => {
    const file = changed((key, tensor) => [
      [
        key,
        tensor.dtype === "F32"
          ? { ...tensor, dtype: "F64", values: Float64Array.from(tensor.values) }
          : tensor,
      ],
    ]);
    const model = smallModel();
    const report = loadSafetensors(model, file);
    expect(report.loaded[0]).toEqual({
      layer: "conv1/conv",
      weights: ["kernel"],
      converted: "kernel rounded from F64 to F32",
    });
    expect(await difference(model, smallDenseNet)).toBeLessThan(1e-4);
  });

  it("leaves the head out for other findings, and for a model without one", () => {
    const other = smallModel({ classes: classes(2) });
    const head = other.getLayer("predictions").getWeights()[0]!.dataSync().slice();
    const report = loadSafetensors(other, small, { skip: ["predictions"] });
    expect(report.skipped).toContainEqual({ name: "predictions", reason: "named in skip" });
    expect(other.getLayer("predictions").getWeights()[0]!.dataSync()).toEqual(head);

    const { height, width, channels, options } = smallDenseNet;
    const encoder = kept(denseNet({ height, width, channels, ...options }));
    expect(loadSafetensors(encoder, small).skipped).toContainEqual({
      name: "predictions",
      reason: "the model has no layer of this name with weights",
    });
  });

  it("names layer and both shapes where they differ, and leaves the model as it was", () => {
    const other = smallModel({ classes: classes(2) });
    const stem = other.getLayer("conv1/conv").getWeights()[0]!;
    const before = stem.dataSync().slice();
    expect(() => loadSafetensors(other, small, { file: "w.safetensors" })).toThrow(
      /^predictions: kernel has shape \[9, 2\] in the model, but w\.safetensors: classifier\.weight is stored with \[9, 18\]/,
    );
    expect(other.getLayer("conv1/conv").getWeights()[0]!.dataSync()).toEqual(before);
  });

  it("refuses to fill a network in part, with a larger one's weights or with too few, unless told so", () => {
    const fewer = smallModel({ blocks: [1, 1, 1] });
    expect(() => loadSafetensors(fewer, small)).toThrow(
      /denselayer2\.\S+ belongs to layer "conv2_block2_\w+", which model "denseNet" does not have/,
    );
    const gap = changed((key, tensor) => (key.includes("conv0") ? [] : [[key, tensor]]));
    expect(() => loadSafetensors(smallModel(), gap)).toThrow(/^conv1\/conv: no kernel is stored for it/);
    expect(loadSafetensors(smallModel(), gap, { require: "some" }).missing).toEqual([
      { layer: "conv1/conv", weight: "kernel" },
    ]);
  });

  it("refuses keys of no known network, unless names says where they go", async () => {
    const file = renamed((key) => `backbone.${key.replace("features", "trunk")}`);
    const model = smallModel();
    expect(() => loadSafetensors(model, file, { file: "w.safetensors" })).toThrow(
      /^w\.safetensors: its keys \(backbone\.\S+, .*options\.names/,
    );
    loadSafetensors(model, file, { names: (module) => torchDenseNet(module.replace("trunk", "features")) });
    expect(await difference(model, smallDenseNet)).toBeLessThan(1e-4);
  });

  it("refuses two keys for one weight, a parameter without counterpart, and weights of whole numbers", () => {
    const twice = changed((key, tensor) => [
      [`a.${key}`, tensor],
      [`b.${key}`, tensor],
    ]);
    expect(() => loadSafetensors(smallModel(), twice)).toThrow(/a\.(\S+) and b\.\1 both belong to/);
    const odd = renamed((key) => key.replace("classifier.bias", "classifier.weight_g"));
    expect(() => loadSafetensors(smallModel(), odd)).toThrow(
      /classifier\.weight_g has no counterpart in layer "predictions" \(Dense\), which has kernel, bias/,
    );
    const whole = changed((key, tensor) => [
      [
        key,
        key === "classifier.bias"
          ? { dtype: "U8", shape: tensor.shape, values: new Uint8Array(tensor.values.length) }
          : tensor,
      ],
    ]);
    expect(() => loadSafetensors(smallModel(), whole)).toThrow(
      /classifier\.bias has dtype U8; weights are floats/,
    );
  });

  it("turns depthwise, transposed and linear kernels as PyTorch means them", async () => {
    const { height, width, channels } = otherLayers;
    const image = input({ shape: [height, width, channels] });
    let x = layers
      .depthwiseConv2d({ name: "a", kernelSize: 3, depthMultiplier: 2, padding: "same" })
      .apply(image);
    x = layers
      .conv2dTranspose({ name: "b", filters: 4, kernelSize: 2, strides: 2 })
      .apply(x as SymbolicTensor);
    x = layers.globalAveragePooling2d({}).apply(layers.reLU().apply(x as SymbolicTensor) as SymbolicTensor);
    x = layers.dense({ name: "c", units: 2 }).apply(x as SymbolicTensor);
    const model = kept(modelOf({ inputs: image, outputs: x as SymbolicTensor }));
    const names = (module: string) => ({ depthwise: "a", up: "b", linear: "c" })[module];
    expect(loadSafetensors(model, fileOf(otherLayers.file), { names }).loaded).toHaveLength(3);
    expect(await difference(model, otherLayers)).toBeLessThan(1e-6);
  });

  it("takes the library's frozen batch normalisation for what it is", () => {
    const layer = new FrozenBatchNormalization({ name: "bn1" });
    const model = kept(sequential({ layers: [layers.inputLayer({ inputShape: [2] }), layer] }));
    const parameters = ["weight", "bias", "running_mean", "running_var"];
    const tensors = parameters.map(
      (name, i) =>
        [`bn1.${name}`, { dtype: "F32", shape: [2], values: Float32Array.of(i, i + 0.5) }] as const,
    );
    loadSafetensors(model, encodeSafetensors(new Map(tensors)), { names: (module) => module });
    const values = model.weights.map((weight) => [weight.originalName, weight.read().dataSync()[1]]);
    expect(Object.fromEntries(values)).toEqual({
      "bn1/gamma": 0.5,
      "bn1/beta": 1.5,
      "bn1/moving_mean": 2.5,
      "bn1/moving_variance": 3.5,
    });
  });

  it("knows the layers of its own networks by torchvision's names", () => {
    expect(torchDenseNet("module.features.denseblock2.denselayer11.conv2")).toBe("conv3_block11_2_conv");
    expect(torchDenseNet("features.transition3.norm")).toBe("pool4_bn");
    expect(torchDenseNet("features.norm5")).toBe("bn");
    expect(torchDenseNet("features.denseblock2.denselayer11.conv3")).toBeUndefined();
    expect(torchResNet("layer1.0.conv1")).toBe("layer1.0.conv1");
    expect(torchResNet("model.layer2.0.downsample.1")).toBe("layer2.0.downsample.1");
    expect(torchResNet("model.bn1")).toBe("bn1");
    expect(torchResNet("fc")).toBe("predictions");
    expect(torchResNet("layer1.0.relu")).toBeUndefined();
  });

  it("statistics of mean 0.5 and deviation 1/2048 give torchxrayvision's [-1024, 1024]", () => {
    const values = Uint8Array.from({ length: 256 }, (_, i) => i);
    const image = { pixels: ndarray(values, [16, 16]), range: [0, 255] as const };
    const { data } = normalize(image, { method: "statistics", mean: 0.5, standardDeviation: 1 / 2048 });
    values.forEach((value, i) => {
      expect(Math.abs(data[i]! - (2 * (value / 255) - 1) * 1024)).toBeLessThan(1e-3);
    });
    expect([data[0], data[255]]).toEqual([-1024, 1024]);
  });
});

describe("loadSafetensors into full-size networks", () => {
  beforeAll(async () => {
    await useBackend("onnx");
  });
  afterAll(async () => {
    await tf.setBackend("cpu");
  });

  it.each(Object.keys(full) as (keyof typeof full)[])(
    "gives %s PyTorch's logits to 1e-4 at an odd size",
    async (name) => {
      const computed = full[name];
      const { height, width, channels, keys } = computed;
      const build = name === "densenet121" ? denseNet : resNet;
      const depth = Number(/\d+/.exec(name)![0]) as never;
      const model = kept(build({ depth, height, width, channels, classes: classes(3) }));
      // As torchxrayvision holds its ResNet50.
      const rename = name === "resnet50" ? (key: string) => `model.${key}` : undefined;
      const report = loadSafetensors(model, hashedFile(keys, rename));
      expect(report.missing).toEqual([]);
      expect(report.skipped.map((entry) => entry.name)).toEqual(["num_batches_tracked"]);
      expect(await difference(model, computed)).toBeLessThan(1e-4);
    },
    60_000,
  );
});
