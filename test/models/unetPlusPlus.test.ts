import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { ArgumentError, ModelError } from "../../src/errors.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { resNet } from "../../src/models/resNet.js";
import { unetPlusPlus } from "../../src/models/unetPlusPlus.js";
import { expectReference, onDenseNet, poolingEncoder, reference } from "./decoderReference.js";
import { noisyImages, outputsOf } from "./modelRuns.js";
import { describeArchitecture } from "./sharedArchitectureTests.js";

const masks = ["Left lung", "Right lung"];
const head = (name: string) => ({ name, kind: "segmentation", classes: masks, output: "logits" }) as const;

for (const deepSupervision of [false, true]) {
  describeArchitecture(`unetPlusPlus${deepSupervision ? " with deep supervision" : ""}`, {
    architecture: "unetPlusPlus-denseNet",
    heads: deepSupervision ? [head("masks"), head("masks_level1")] : [head("masks")],
    stages: 3,
    size: [8, 8],
    accepts: [
      [8, 16],
      [24, 8],
    ],
    refuses: [
      {
        size: [12, 16],
        message: /options\.encoder: .*12 x 16 pixels; .*multiples of 8.* pad the images to 16 x 16/,
      },
    ],
    build: (options) =>
      onDenseNet((encoder) => {
        const { seed = 0 } = options;
        return unetPlusPlus({ encoder, masks, decoderFilters: [6, 5, 4], deepSupervision, seed });
      })(options),
  });
}

describe("unetPlusPlus", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  it("computes what segmentation_models.pytorch's graph computes in PyTorch, at each level, from the same weights", async () => {
    const encoder = poolingEncoder();
    const model = unetPlusPlus({ encoder, masks, decoderFilters: reference.decoder, deepSupervision: true });
    await expectReference(model, reference.unetPlusPlus);
    model.dispose();
  });

  it("has segmentation_models.pytorch's 26,078,609 parameters on ResNet34, for three channels and one mask", () => {
    const encoder = resNet({ depth: 34, height: 32, width: 32, channels: 3 });
    const model = unetPlusPlus({ encoder, masks: ["Lungs"] });
    const learnt = model.trainableWeights.map(({ shape }) => shape.reduce<number>((n, size) => n * size!, 1));
    expect(learnt.reduce((a, b) => a + b)).toBe(26_078_609);
    model.dispose();
  });

  it("has the same weights on the way to masks with deep supervision and without", async () => {
    const [without, supervised] = [false, true].map((deepSupervision) =>
      unetPlusPlus({ encoder: poolingEncoder(), masks, deepSupervision }),
    );
    const images = noisyImages([1, reference.height, reference.width, 3]);
    const [a, b] = [without!, supervised!].map((model) => outputsOf(model.predict(images))[0]!);
    expect(await a!.data()).toEqual(await b!.data());
    for (const model of [without!, supervised!]) model.dispose();
  });

  it("can be pruned to a level, whose model computes only what that head needs", async () => {
    const encoder = poolingEncoder({ height: 16, width: 16 }, [3, 3, 3, 3]);
    const model = unetPlusPlus({ encoder, masks, deepSupervision: true });
    expect(model.outputNames).toEqual(["masks", "masks_level1", "masks_level2"]);
    const pruned = modelOf({
      inputs: model.inputs,
      outputs: model.getLayer("masks_level1").output as SymbolicTensor,
    });
    const nodes = pruned.layers
      .map(({ name }) => name)
      .filter((name) => /^(x|encoder)\d.*(concat|pool)$/.test(name));
    expect(nodes).toEqual(["encoder1_pool", "encoder2_pool", "x0_1/concat"]);
    const images = noisyImages([1, 16, 16, 1]);
    const [whole, part] = [outputsOf(model.predict(images))[1]!, outputsOf(pruned.predict(images))[0]!];
    expect(await part.data()).toEqual(await whole.data());
    model.dispose();
  });

  it("gives nodes before the last of a level the channels of its stage, and the last ones decoderFilters", () => {
    const encoder = poolingEncoder({ height: 16, width: 16 }, [2, 3, 4, 5]);
    const model = unetPlusPlus({ encoder, masks, decoderFilters: [9, 8, 7, 6] });
    const channels = (node: string) => (model.getLayer(`${node}/conv2`).outputShape as number[])[3];
    expect(["x0_1", "x0_2", "x1_1", "x2_1", "x1_2", "x0_3", "level3/decoder1"].map(channels)).toEqual([
      2, 2, 3, 9, 8, 7, 6,
    ]);
    model.dispose();
  });

  it.each([
    [{ masks: [] }, ArgumentError, /options\.masks: is empty/],
    [{ decoderFilters: [3] }, ArgumentError, /options\.decoderFilters: has 1 numbers; expected 3/],
    [{ momentum: 1 }, ArgumentError, /options\.momentum: is 1/],
  ] as const)("refuses %j before it makes a tensor", (options, kind, message) => {
    const encoder = poolingEncoder();
    const before = tf.memory().numTensors;
    expect(() => unetPlusPlus({ encoder, masks, ...options })).toThrow(message);
    expect(() => unetPlusPlus({ encoder, masks, ...options })).toThrow(kind);
    expect(tf.memory().numTensors).toBe(before);
    encoder.dispose();
  });

  it("refuses an encoder whose stages don't each halve the one before, or with a single stage", () => {
    for (const [kept, message] of [
      [[2, 8], /reductions 2, 8; UNet\+\+ needs at least two, each twice/],
      [[8], /reductions 8; UNet\+\+ needs at least two/],
    ] as const) {
      const encoder = poolingEncoder();
      const contract = contractOf(encoder);
      const stages = contract.stages!.filter(({ reduction }) =>
        (kept as readonly number[]).includes(reduction),
      );
      setContract(encoder, { ...contract, stages });
      expect(() => unetPlusPlus({ encoder, masks })).toThrow(message);
      expect(() => unetPlusPlus({ encoder, masks })).toThrow(ModelError);
      encoder.dispose();
    }
  });
});
