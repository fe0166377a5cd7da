import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { input } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.js";
import { classificationHead } from "../../src/models/classificationHead.js";
import { contractOf } from "../../src/models/contract.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("simpleCnn", () => {
  it("is by default four blocks of 7 x 7 convolution, relu, pooling and batch normalisation, then dropout 0.2", () => {
    const model = simpleCnn({ height: 224, width: 224, classes: ["a", "b"] });
    const shapes = model.layers.map((layer) => [layer.getClassName(), layer.outputShape]);
    expect(shapes).toEqual([
      ["InputLayer", [null, 224, 224, 1]],
      ["Conv2D", [null, 218, 218, 16]],
      ["MaxPooling2D", [null, 109, 109, 16]],
      ["BatchNormalization", [null, 109, 109, 16]],
      ["Conv2D", [null, 103, 103, 32]],
      ["MaxPooling2D", [null, 51, 51, 32]],
      ["BatchNormalization", [null, 51, 51, 32]],
      ["Conv2D", [null, 45, 45, 64]],
      ["MaxPooling2D", [null, 22, 22, 64]],
      ["BatchNormalization", [null, 22, 22, 64]],
      ["Conv2D", [null, 16, 16, 128]],
      ["MaxPooling2D", [null, 8, 8, 128]],
      ["BatchNormalization", [null, 8, 8, 128]],
      ["GlobalAveragePooling2D", [null, 128]],
      ["SeededDropout", [null, 128]],
      ["Dense", [null, 2]],
    ]);
    // 49 * in * out + out for the convolutions, 4 * out for the normalisations, 128 * 2 + 2 for the head.
    expect(model.countParams()).toBe(800 + 25_120 + 100_416 + 401_536 + 4 * (16 + 32 + 64 + 128) + 258);
    expect(model.getLayer("block1_conv").getConfig()).toMatchObject({ activation: "relu", padding: "valid" });
    expect(model.getLayer("dropout").getConfig()).toMatchObject({ rate: 0.2 });
    model.dispose();
  });

  it("names 106 pixels as its smallest size by default (22 -> 8 -> 1 from the last block back), and the way out", () => {
    const build = (height: number) => simpleCnn({ height, width: 200, classes: ["a"] });
    expect(() => build(105)).toThrow(/options\.height: is 105;.*106 x 106 pixels: .*padding "same"/);
    build(106).dispose();
    simpleCnn({ height: 16, width: 16, padding: "same", classes: ["a"] }).dispose();
  });

  it("takes the format of a batch source", () => {
    const format = { height: 32, width: 40, channels: 3, normalization: { method: "unit" } } as const;
    const model = simpleCnn({ ...format, classes: ["a"], filters: [4] });
    expect(contractOf(model).input).toEqual({ height: 32, width: 40, channels: 3 });
    model.dispose();
  });

  it.each([
    [{ filters: [] }, /options\.filters: is empty/],
    [{ filters: [4, 0] }, /options\.filters: holds 0/],
    [{ kernelSize: 2.5 }, /options\.kernelSize: holds 2\.5/],
    [{ dropout: 1 }, /options\.dropout: is 1/],
    [{ momentum: NaN }, /options\.momentum: is NaN/],
  ])("rejects %j before it makes a tensor", (options, message) => {
    const before = tf.memory().numTensors;
    expect(() => simpleCnn({ height: 200, width: 200, classes: ["a"], ...options })).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("classificationHead", () => {
  it("adds a dense layer of logits under the name given", () => {
    const head = classificationHead(input({ shape: [8] }), { classes: ["a", "b"], name: "tubes", seed: 3 });
    expect(head.shape).toEqual([null, 2]);
    expect(head.sourceLayer.name).toBe("tubes");
    expect(head.sourceLayer.getConfig()).toMatchObject({ activation: "linear", useBias: true });
  });

  it("rejects feature maps that are not pooled", () => {
    const build = () => classificationHead(input({ shape: [4, 4, 8] }), { classes: ["a"] });
    expect(build).toThrow(ArgumentError);
    expect(build).toThrow(/features: has shape \[batch, 4, 4, 8\]; expected \[batch, features\]/);
  });
});
