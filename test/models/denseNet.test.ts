import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { contractOf } from "../../src/models/contract.js";
import { denseNet } from "../../src/models/denseNet.js";
import { expectReference, type WaveNetwork } from "./waves.js";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/denseNet.json", import.meta.url), "utf8")) as {
  names: Record<string, string[]>;
  small: WaveNetwork & { blocks: number[] };
};

describe("denseNet", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  it.each([
    // Published by Keras: parameters without the classification layer, at 3 channels.
    [121, 7_037_504],
    [169, 12_642_880],
    [201, 18_321_984],
  ] as const)(
    "%d has Keras's layer names in Keras's order and %d parameters below the head",
    (depth, parameters) => {
      const model = denseNet({ depth, height: 224, width: 224, channels: 3, classes: ["a", "b"] });
      const names = model.layers.map((layer) => layer.name);
      expect(new Set(names)).toEqual(new Set(["image", ...fixture.names[depth]!, "predictions"]));
      const withWeights = (list: readonly string[]) => list.filter((name) => /(conv|bn)$/.test(name));
      expect(withWeights(names)).toEqual(withWeights(fixture.names[depth]!));
      const head = model.getLayer("predictions").countParams();
      const features = model.getLayer("avg_pool").outputShape as [null, number];
      expect(head).toBe(features[1] * 2 + 2);
      expect(model.countParams() - head).toBe(parameters);
      expect(contractOf(model).architecture).toBe(`denseNet${depth}`);
      model.dispose();
    },
  );

  it("computes what Keras's definition computes, for odd sizes, from the same weights", async () => {
    const { blocks, height, width } = fixture.small;
    const model = denseNet({ blocks, height, width, channels: 3, classes: ["a"] });
    await expectReference(model, fixture.small, 1e-5);
    model.dispose();
  });

  it("121 names 29 pixels as its smallest size", () => {
    const build = (size: number) => denseNet({ height: size, width: size, channels: 1, classes: ["a"] });
    expect(() => build(28)).toThrow(/at least 29 x 29 pixels/);
    const model = build(29);
    expect(model.getLayer("relu").outputShape).toEqual([null, 1, 1, 1024]);
    model.dispose();
  });

  it("keeps gamma and beta, Keras's epsilon, and no bias in convolutions", () => {
    const model = denseNet({ blocks: [1], height: 8, width: 8, classes: ["a"] });
    expect(model.getLayer("bn").getConfig()).toMatchObject({
      epsilon: 1.001e-5,
      scale: true,
      center: true,
      momentum: 0.99,
    });
    expect(model.getLayer("conv1/conv").getConfig()).toMatchObject({ useBias: false });
    model.dispose();
  });

  it("takes a depth or a shape of one's own, not both", () => {
    const size = { height: 32, width: 32, classes: ["a"] };
    expect(() => denseNet({ ...size, depth: 121, growthRate: 12 })).toThrow(
      /options\.depth: names a published/,
    );
    expect(() => denseNet({ ...size, depth: 161 as 121 })).toThrow(/is 161; expected 121, 169 or 201/);
    expect(() => denseNet({ ...size, blocks: [] })).toThrow(/options\.blocks: is empty/);
    expect(() => denseNet({ ...size, blocks: [2, 1.5] })).toThrow(/options\.blocks: holds 1\.5/);
    expect(() => denseNet({ ...size, growthRate: 0 })).toThrow(/options\.growthRate: holds 0/);
  });
});
