import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { input } from "@tensorflow/tfjs-layers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ArgumentError, ModelError } from "../../src/errors.js";
import { exportOnnx } from "../../src/io/exportOnnx.js";
import { contractOf, type FeatureStage, setContract } from "../../src/models/contract.js";
import { denseNet } from "../../src/models/denseNet.js";
import { resNet } from "../../src/models/resNet.js";
import { segmentationHead } from "../../src/models/segmentationHead.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { unet } from "../../src/models/unet.js";
import { expectSameOutputs, randomize } from "../io/onnxFile.js";
import { expectReference, onDenseNet, poolingEncoder, reference } from "./decoderReference.js";
import { noisyImages, outputsOf, savedAndLoaded } from "./modelRuns.js";
import { describeArchitecture } from "./sharedArchitectureTests.js";

const masks = ["Left lung", "Right lung"];
const heads = [{ name: "masks", kind: "segmentation", classes: masks, output: "logits" }] as const;

const sizes = {
  size: [8, 8],
  accepts: [
    [8, 16],
    [24, 8],
  ],
} as const;

const plain = {
  architecture: "unet",
  heads,
  size: [4, 8],
  accepts: [
    [4, 4],
    [12, 8],
  ],
  refuses: [
    { size: [11, 14], message: /11 x 14 pixels; .*multiples of 4.* pad the images to 12 x 16/ },
    { size: [8, 3], message: /8 x 3 pixels; .*multiples of 4.* pad the images to 8 x 4/ },
  ],
} as const;

describeArchitecture("unet, plain", {
  ...plain,
  build: (options) =>
    unet({ filters: [6, 8, 10], masks, dropout: 0.2, ...options, seed: 1 + (options.seed ?? 0) }),
  learning: { steps: 30, rate: 0.02 },
});

describeArchitecture("unet, plain, with batch normalisation", {
  ...plain,
  build: (options) => unet({ filters: [4, 6, 8], masks, batchNormalization: true, ...options }),
  learning: { steps: 40 },
});

describeArchitecture("unet on an encoder", {
  ...sizes,
  architecture: "unet-denseNet",
  heads,
  stages: 3,
  build: (options) =>
    onDenseNet((encoder) => unet({ encoder, masks, decoderFilters: [6, 5, 4], seed: options.seed ?? 0 }))(
      options,
    ),
  refuses: [
    {
      size: [12, 16],
      message: /options\.encoder: .*12 x 16 pixels; .*multiples of 8.* pad the images to 16 x 16/,
    },
  ],
});

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("unet without an encoder", () => {
  it("has the Keras U-Net's 31,031,685 parameters for one channel and one mask", () => {
    const model = unet({ height: 32, width: 32, masks: ["Lungs"] });
    expect(model.countParams()).toBe(31_031_685);
    model.dispose();
  });

  it("drops a half at the two deepest levels, and nothing with dropout 0", () => {
    const options = { height: 16, width: 16, filters: [2, 3, 4], masks };
    const model = unet(options);
    const dropouts = model.layers.filter((layer) => layer.getClassName() === "SeededDropout");
    expect(dropouts.map(({ name }) => name)).toEqual(["down2/dropout", "down3/dropout"]);
    for (const layer of dropouts) expect(layer.getConfig()).toMatchObject({ rate: 0.5 });
    expect(model.getLayer("up2/concat").inboundNodes[0]!.inboundLayers.map(({ name }) => name)).toEqual([
      "down2/dropout",
      "up2/conv0_relu",
    ]);
    const bare = unet({ ...options, dropout: 0 });
    expect(bare.layers.some((layer) => layer.getClassName() === "SeededDropout")).toBe(false);
    for (const m of [model, bare]) m.dispose();
  });

  it("computes what the same graph computes in PyTorch, from the same weights", async () => {
    const { height, width, channels, filters } = reference;
    const model = unet({ height, width, channels, filters, masks });
    await expectReference(model, reference.plain);
    model.dispose();
  });

  it("is a single level with one number of filters", () => {
    const model = unet({ height: 7, width: 9, filters: [3], masks, dropout: 0 });
    expect(model.outputs[0]!.shape).toEqual([null, 7, 9, 2]);
    model.dispose();
  });

  it.each([
    [{ filters: [] }, /options\.filters: is empty/],
    [{ filters: [4, 0] }, /options\.filters: holds 0/],
    [{ dropout: 1 }, /options\.dropout: is 1/],
    [{ momentum: -0.1 }, /options\.momentum: is -0\.1/],
    [{ masks: [] }, /options\.masks: is empty/],
    [{ masks: ["A", "A"] }, /options\.masks: "A" stands twice/],
    [{ decoderFilters: [4] as never }, /options\.decoderFilters: is for a U-Net on an encoder/],
  ])("rejects %j before it makes a tensor", (options, message) => {
    const before = tf.memory().numTensors;
    const build = () => unet({ height: 16, width: 16, masks, ...options });
    expect(build).toThrow(message);
    expect(build).toThrow(ArgumentError);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("unet on an encoder", () => {
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  it("computes what segmentation_models.pytorch's graph computes in PyTorch, from the same weights", async () => {
    const model = unet({ encoder: poolingEncoder(), masks, decoderFilters: reference.decoder });
    await expectReference(model, reference.unet);
    model.dispose();
  });

  it("has segmentation_models.pytorch's 24,436,369 parameters on ResNet34, for three channels and one mask", () => {
    const encoder = resNet({ depth: 34, height: 32, width: 32, channels: 3 });
    const model = unet({ encoder, masks: ["Lungs"] });
    const learnt = model.trainableWeights.map(({ shape }) => shape.reduce<number>((n, size) => n * size!, 1));
    expect(learnt.reduce((a, b) => a + b)).toBe(24_436_369);
    expect(contractOf(model).architecture).toBe("unet-resNet34");
    model.dispose();
  });

  it("has 16 filters in the last step and twice as many in each before, and reaches the image's size", () => {
    const model = unet({ encoder: poolingEncoder({ height: 16, width: 32 }), masks });
    const shapes = [1, 2, 3].map((step) => model.getLayer(`decoder${step}/conv2`).outputShape);
    expect(shapes).toEqual([
      [null, 4, 8, 64],
      [null, 8, 16, 32],
      [null, 16, 32, 16],
    ]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("shares the encoder's weights: what is loaded into it before or after counts in both", async () => {
    const encoder = poolingEncoder();
    const set = (value: number) => {
      const weights = encoder.getWeights().map((weight) => tf.fill(weight.shape, value));
      encoder.setWeights(weights);
      tf.dispose(weights);
    };
    set(0.1);
    const model = unet({ encoder, masks, decoderFilters: [3, 3, 3] });
    const first = async () => (await model.getLayer("encoder1").getWeights()[0]!.data())[0];
    expect(await first()).toBeCloseTo(0.1);
    set(0.2);
    expect(await first()).toBeCloseTo(0.2);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("leaves a classifier's head out, keeps its input and stages, and works on a loaded encoder", async () => {
    const classifier = denseNet({ blocks: [1], initialFilters: 4, height: 8, width: 8, classes: ["Edema"] });
    const input = { ...contractOf(classifier).input, normalization: { method: "unit" } } as const;
    setContract(classifier, { ...contractOf(classifier), input });
    const loaded = await savedAndLoaded(classifier);
    for (const encoder of [classifier, loaded]) {
      const model = unet({ encoder, masks, decoderFilters: [4, 4] });
      expect(model.layers.map(({ name }) => name)).not.toContain("predictions");
      expect(contractOf(model)).toEqual({
        ...contractOf(classifier),
        architecture: "unet-denseNet",
        heads,
      });
      expect(outputsOf(model.predict(noisyImages([1, 8, 8, 1])))[0]!.shape).toEqual([1, 8, 8, 2]);
      model.dispose();
    }
  });

  it("has no skip where the encoder has no stage of a size", () => {
    const encoder = poolingEncoder();
    const stages = contractOf(encoder).stages!.filter(({ reduction }) => reduction !== 4);
    setContract(encoder, { ...contractOf(encoder), stages });
    const model = unet({ encoder, masks });
    const joints = model.layers.map(({ name }) => name).filter((name) => name.endsWith("/concat"));
    expect(joints).toEqual(["decoder2/concat"]);
    expect(model.outputs[0]!.shape).toEqual([null, reference.height, reference.width, 2]);
    model.dispose();
  });

  it("gives in ONNX Runtime what it gives here", async () => {
    const model = randomize(
      onDenseNet((encoder) => unet({ encoder, masks, decoderFilters: [6, 5, 4] }))({ height: 16, width: 8 }),
    );
    await expectSameOutputs(await exportOnnx(model), model);
    model.dispose();
  });

  const withStages = (change: (stages: readonly FeatureStage[]) => readonly FeatureStage[]) => {
    const encoder = poolingEncoder();
    setContract(encoder, { ...contractOf(encoder), stages: change(contractOf(encoder).stages!) });
    return encoder;
  };

  it.each([
    ["no stages", () => withStages(() => []), /names no feature stages.*setContract/],
    [
      "an architecture without stages",
      () => simpleCnn({ height: 8, width: 8, kernelSize: 3, filters: [2], classes: ["a"] }),
      /"simpleCnn" names no feature stages/,
    ],
    [
      "a stage whose layer is absent",
      () => withStages(([a, ...rest]) => [{ ...a!, layer: "stem" }, ...rest]),
      /no layer "stem", which its contract names as stage1/,
    ],
    [
      "a stage of another size",
      () => withStages(([a, ...rest]) => [{ ...a!, layer: "encoder1" }, ...rest]),
      /layer "encoder1" .* gives \[batch, 8, 16, 4\]; as stage1, of reduction 2, .* \[batch, 4, 8, channels\]/,
    ],
    [
      "a reduction that stands twice",
      () => withStages(([a, b, c]) => [a!, { ...b!, reduction: 2 }, c!]),
      /stage2 .* has reduction 2; expected 1, 2, 4, 8, \.\.\., each once/,
    ],
    [
      "a reduction that is no power of two",
      () => withStages(([a, b, c]) => [a!, b!, { ...c!, reduction: 6 }]),
      /stage3 .* has reduction 6; expected/,
    ],
  ] as const)("refuses %s", (_, make, message) => {
    const encoder = make();
    const made = tf.memory().numTensors;
    expect(() => unet({ encoder, masks })).toThrow(message);
    expect(() => unet({ encoder, masks })).toThrow(ModelError);
    expect(tf.memory().numTensors).toBe(made);
    encoder.dispose();
  });

  it.each([
    [{ decoderFilters: [4, 4] }, /options\.decoderFilters: has 2 numbers; expected 3, one for each doubling/],
    [{ decoderFilters: [4, 4, 0] }, /options\.decoderFilters: holds 0/],
    [{ height: 16 } as never, /options\.height: is of the plain U-Net/],
    [{ dropout: 0.1 } as never, /options\.dropout: is of the plain U-Net/],
    [{ momentum: 1 }, /options\.momentum: is 1/],
  ])("refuses %j", (options: object, message) => {
    const encoder = poolingEncoder();
    const made = tf.memory().numTensors;
    expect(() => unet({ encoder, masks, ...options })).toThrow(message);
    expect(() => unet({ encoder, masks, ...options })).toThrow(ArgumentError);
    expect(tf.memory().numTensors).toBe(made);
    encoder.dispose();
  });

  it("refuses an encoder that has a layer of a name that it adds", () => {
    const encoder = poolingEncoder();
    encoder.getLayer("encoder2").name = "decoder2/conv1";
    expect(() => unet({ encoder, masks })).toThrow(
      /options\.encoder: "decoder2" can't be added: the encoder has a layer "decoder2\/conv1"/,
    );
    encoder.dispose();
  });
});

describe("segmentationHead", () => {
  it("adds a convolution of logits under the name given, 3 x 3 by default", () => {
    const maps = input({ shape: [4, 5, 6] });
    const head = segmentationHead(maps, { masks, name: "lungs", seed: 3 });
    expect(head.shape).toEqual([null, 4, 5, 2]);
    expect(head.sourceLayer.name).toBe("lungs");
    expect(head.sourceLayer.getConfig()).toMatchObject({
      activation: "linear",
      useBias: true,
      kernelSize: [3, 3],
    });
    head.sourceLayer.dispose();
  });

  it("rejects pooled features, unclear masks and a kernel size out of range", () => {
    const maps = input({ shape: [4, 5, 6] });
    expect(() => segmentationHead(input({ shape: [6] }), { masks })).toThrow(
      /maps: has shape \[batch, 6\]; expected \[batch, height, width, channels\]/,
    );
    expect(() => segmentationHead(maps, { masks: [] })).toThrow(/options\.masks: is empty/);
    expect(() => segmentationHead(maps, { masks, kernelSize: 0 })).toThrow(/options\.kernelSize: holds 0/);
  });
});
