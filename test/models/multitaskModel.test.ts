import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ArgumentError, ModelError } from "../../src/errors.js";
import { gradCam } from "../../src/explain/camMethods.js";
import { contractOf } from "../../src/models/contract.js";
import { denseNet } from "../../src/models/denseNet.js";
import { layerKit } from "../../src/models/layerKit.js";
import { multitaskModel } from "../../src/models/multitaskModel.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { unet } from "../../src/models/unet.js";
import { onDenseNet, poolingEncoder } from "./decoderReference.js";
import { noisyImages, outputsOf, savedAndLoaded } from "./modelRuns.js";
import { describeArchitecture } from "./sharedArchitectureTests.js";

const pathology = ["Effusion", "Edema", "Nodule"];
const tubes = ["Chest_drain", "Tracheostomy"];

describeArchitecture("multitaskModel: two classification heads and one of masks", {
  architecture: "multitask-denseNet",
  heads: [
    { name: "pathology", classes: pathology, output: "logits" },
    { name: "tubes", classes: tubes, output: "logits" },
    { name: "lungs", kind: "segmentation", classes: ["Lungs"], output: "logits" },
  ],
  stages: 3,
  size: [8, 16],
  learning: { steps: 30 },
  accepts: [
    [8, 16],
    [24, 8],
  ],
  refuses: [
    { size: [12, 16], message: /encoder: .*12 x 16 pixels; .*multiples of 8.* pad the images to 16 x 16/ },
  ],
  build: (options) =>
    onDenseNet((encoder) =>
      multitaskModel(
        encoder,
        {
          pathology,
          tubes: { classes: tubes, dropout: 0.1 },
          lungs: { masks: ["Lungs"], decoderFilters: [6, 5, 4] },
        },
        { seed: options.seed ?? 0 },
      ),
    )(options),
});

describeArchitecture("multitaskModel: classification heads alone, which take odd sizes", {
  architecture: "multitask-denseNet",
  heads: [
    { name: "pathology", classes: pathology, output: "logits" },
    { name: "tubes", classes: tubes, output: "logits" },
  ],
  stages: 3,
  smallest: 5,
  learning: { steps: 30 },
  build: (options) =>
    onDenseNet((encoder) => multitaskModel(encoder, { pathology, tubes }, { seed: options.seed ?? 0 }))(
      options,
    ),
});

describe("multitaskModel", () => {
  let before: number;
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });
  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  it("names outputs and heads by the keys, in their order, and pools once for all", () => {
    const model = multitaskModel(poolingEncoder(), {
      tubes,
      lungs: { masks: ["Lungs"] },
      pathology: { classes: pathology, dropout: 0.2 },
    });
    expect(model.outputNames).toEqual(["tubes", "lungs", "pathology"]);
    expect(contractOf(model).heads.map(({ name, kind, classes }) => [name, kind, classes])).toEqual([
      ["tubes", undefined, tubes],
      ["lungs", "segmentation", ["Lungs"]],
      ["pathology", undefined, pathology],
    ]);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([
      [null, 2],
      [null, 8, 16, 1],
      [null, 3],
    ]);
    const names = model.layers.map(({ name }) => name);
    expect(names.filter((name) => /avg_pool|dropout/.test(name))).toEqual(["avg_pool", "pathology/dropout"]);
    expect(model.getLayer("pathology/dropout").getConfig()).toMatchObject({ rate: 0.2 });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("has in a head of masks the decoder of unet({ encoder })", () => {
    const decoder = (model: LayersModel, prefix: string) =>
      model.layers
        .filter(({ name }) => name.startsWith(prefix))
        .map((layer) => [layer.name.slice(prefix.length), layer.getClassName(), layer.outputShape]);
    const one = unet({ encoder: poolingEncoder(), masks: ["Lungs"] });
    const several = multitaskModel(poolingEncoder(), { a: { masks: ["Lungs"] }, b: { masks: ["Heart"] } });
    expect(decoder(one, "decoder").length).toBeGreaterThan(20);
    for (const head of ["a", "b"]) {
      expect(decoder(several, `${head}/decoder`)).toEqual(decoder(one, "decoder"));
    }
    for (const model of [one, several]) model.dispose();
  });

  it("replaces the head of a classifier, loaded or not, whose weights it shares", async () => {
    const classifier = denseNet({ blocks: [1], initialFilters: 4, height: 9, width: 9, classes: ["Edema"] });
    for (const encoder of [classifier, await savedAndLoaded(classifier)]) {
      const model = multitaskModel(encoder, { predictions: pathology, tubes });
      expect(model.getLayer("predictions")).not.toBe(encoder.getLayer("predictions"));
      expect(model.getLayer("conv1/conv")).toBe(encoder.getLayer("conv1/conv"));
      expect(outputsOf(model.predict(noisyImages([2, 9, 9, 1]))).map(({ shape }) => shape)).toEqual([
        [2, 3],
        [2, 2],
      ]);
      expect(contractOf(model)).toMatchObject({
        architecture: "multitask-denseNet",
        stages: contractOf(encoder).stages,
      });
      model.dispose();
    }
  });

  it("takes any model whose output is feature maps for classification heads, also one without contract", () => {
    const image = input({ name: "image", shape: [7, 6, 3] });
    const bare = modelOf({
      name: "bare",
      inputs: image,
      outputs: layerKit({ seed: 0 }).convolve("maps", image, 4, 3) as SymbolicTensor,
    });
    const model = multitaskModel(bare, { pathology });
    expect(contractOf(model)).toEqual({
      version: 1,
      architecture: "multitask-bare",
      heads: [{ name: "pathology", classes: pathology, output: "logits" }],
      input: { height: 7, width: 6, channels: 3 },
    });
    expect(() => multitaskModel(bare, { lungs: { masks: ["Lungs"] } })).toThrow(/"bare" carries no contract/);
    model.dispose();
  });

  it("is explained by gradCam, one head at a time", async () => {
    const model = onDenseNet((encoder) =>
      multitaskModel(encoder, { pathology, tubes, lungs: { masks: ["Lungs"], decoderFilters: [3, 3, 3] } }),
    )({ height: 16, width: 24 });
    const images = noisyImages([2, 16, 24, 1]);
    const cam = await gradCam(model, images, { target: "Tracheostomy", head: "tubes" });
    expect(cam.layer).toBe("relu");
    expect(cam.raw.shape).toEqual([2, 2, 3]);
    const kernel = (await model.getLayer("tubes").getWeights()[0]!.data()) as Float32Array;
    const maps = modelOf({ inputs: model.inputs, outputs: model.getLayer("relu").output as SymbolicTensor });
    const activations = await outputsOf(maps.predict(images))[0]!.data();
    // Behind global average pooling, a channel's weight is that of the dense layer over the number of cells.
    const channels = kernel.length / 2;
    const expected = Array.from({ length: 12 }, (_, cell) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += (kernel[2 * c + 1]! / 6) * activations[cell * channels + c]!;
      return sum;
    });
    expected.forEach((value, i) => {
      expect(cam.weightedSum.data[i]).toBeCloseTo(value, 5);
    });
    model.dispose();
  });

  it.each([
    [{}, /heads: is empty/],
    [{ pathology: [] }, /heads\.pathology: is empty/],
    [{ pathology: { classes: ["A", "A"] } }, /heads\.pathology\.classes: "A" stands twice/],
    [{ pathology: { classes: ["A"], dropout: 1 } }, /heads\.pathology\.dropout: is 1/],
    [{ lungs: { masks: [] } }, /heads\.lungs\.masks: is empty/],
    [
      { lungs: { masks: ["A"], decoderFilters: [2] } },
      /heads\.lungs\.decoderFilters: has 1 numbers; expected 3/,
    ],
    [{ lungs: { masks: ["A"], decoderFilters: [2, 2, 0] } }, /heads\.lungs\.decoderFilters: holds 0/],
    [{ lungs: {} as never }, /heads\.lungs: has neither classes nor masks/],
    [{ lungs: { masks: ["A"], classes: ["A"] } }, /heads\.lungs: has both classes and masks/],
    [{ "": ["A"] }, /"" can't name a head/],
    [{ "a/b": ["A"] }, /"a\/b" can't name a head; expected a name without "\/"/],
    [{ avg_pool: ["A"] }, /"avg_pool" can't name a head/],
    [{ encoder2: ["A"] }, /heads\.encoder2: "encoder2" can't be added: the encoder has a layer "encoder2"/],
    [{ image: ["A"] }, /the encoder has a layer "image"/],
  ])("refuses the heads %j before it makes a tensor", (heads, message) => {
    const encoder = poolingEncoder();
    const made = tf.memory().numTensors;
    expect(() => multitaskModel(encoder, heads)).toThrow(message);
    expect(() => multitaskModel(encoder, heads)).toThrow(ArgumentError);
    expect(tf.memory().numTensors).toBe(made);
    encoder.dispose();
  });

  it("refuses a model without feature maps, and one with several inputs", () => {
    const cnn = simpleCnn({ height: 8, width: 8, filters: [2], kernelSize: 3, classes: ["A"] });
    expect(() => multitaskModel(cnn, { tubes })).toThrow(
      /"simpleCnn" gives \[batch, 1\] and its contract names no feature stages; expected an encoder/,
    );
    expect(() => multitaskModel(cnn, { tubes })).toThrow(ModelError);
    const [a, b] = ["a", "b"].map((name) => input({ name, shape: [4, 4, 1] }));
    const two = modelOf({
      name: "two",
      inputs: [a!, b!],
      outputs: layerKit({ seed: 0 }).add("sum", [a!, b!]),
    });
    expect(() => multitaskModel(two, { tubes })).toThrow(
      /"two" takes \[batch, 4, 4, 1\] and \[batch, 4, 4, 1\]; expected one input/,
    );
    cnn.dispose();
  });
});
