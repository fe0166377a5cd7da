import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import "../../src/backends/onnx-entry.js";
import { useBackend } from "../../src/backends/useBackend.js";
import { contractOf } from "../../src/models/contract.js";
import { type EfficientNetBlock, efficientNet } from "../../src/models/efficientNet.js";
import { expectReference, noise, type WaveNetwork } from "./waves.js";

interface NotedLayer {
  name: string;
  weights: number[][];
  padding?: [[number, number], [number, number]];
  rate?: number;
  noise?: (number | null)[];
}
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/efficientNet.json", import.meta.url), "utf8"),
) as {
  b0: NotedLayer[];
  small: (WaveNetwork & { blocks: EfficientNetBlock[] })[];
};

const block = { kernelSize: 3, repeats: 1, filters: 4, expansion: 2, strides: 1 } as const;

describe("efficientNet", () => {
  beforeAll(async () => {
    await useBackend("onnx", { threads: 2 });
  });

  it("B0 has Keras's layers below the head, without its 7 normalisation numbers", () => {
    const model = efficientNet({ variant: "B0", height: 64, width: 64, channels: 3, classes: ["a", "b"] });
    const names = model.layers.map(({ name }) => name);
    const theirs = fixture.b0.map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(["image", ...theirs, "top_dropout", "predictions"]));
    const withWeights = (list: readonly string[]) =>
      list.filter((name) => /(conv|bn|reduce|se_expand)$/.test(name));
    expect(withWeights(names)).toEqual(withWeights(theirs));
    for (const { name, weights, padding, rate, noise } of fixture.b0) {
      const layer = model.getLayer(name);
      expect(
        layer.getWeights().map((weight) => weight.shape),
        name,
      ).toEqual(weights);
      if (padding) expect(layer.getConfig(), name).toMatchObject({ padding });
      if (rate !== undefined) expect(layer.getConfig(), name).toMatchObject({ rate, noiseShape: noise });
    }
    // Published by Keras, without the classification layer, at 3 channels: 4,049,571.
    const head = model.getLayer("predictions").countParams();
    expect(model.countParams() - head).toBe(4_049_571 - 7);
    expect(model.getLayer("top_dropout").getConfig()).toMatchObject({ rate: 0.2 });
    expect(model.getLayer("stem_bn").getConfig()).toMatchObject({ epsilon: 1e-3, momentum: 0.99 });
    expect(contractOf(model)).toMatchObject({
      architecture: "efficientNetB0",
      stages: [
        { name: "stage1", layer: "block2a_expand_activation", reduction: 2 },
        { name: "stage2", layer: "block3a_expand_activation", reduction: 4 },
        { name: "stage3", layer: "block4a_expand_activation", reduction: 8 },
        { name: "stage4", layer: "block6a_expand_activation", reduction: 16 },
        { name: "stage5", layer: "top_activation", reduction: 32 },
      ],
    });
    model.dispose();
  });

  it.each(fixture.small)(
    "computes what Keras's definition computes from the same weights, $height x $width pixels",
    async (network) => {
      const { blocks, height, width } = network;
      const model = efficientNet({ blocks, height, width, channels: 3, classes: ["a"] });
      await expectReference(model, network, 1e-5, noise);
      model.dispose();
    },
  );

  it("leaves out whole samples of the later blocks in training, by the seed, and none where dropConnect is 0", async () => {
    const build = (dropConnect: number, seed = 1) =>
      efficientNet({
        blocks: [{ ...block, repeats: 4 }],
        initialFilters: 4,
        topFilters: 4,
        height: 8,
        width: 8,
        dropConnect,
        seed,
      });
    const rates = (dropConnect: number) => {
      const model = build(dropConnect);
      const drops = model.layers.filter(({ name }) => name.endsWith("_drop"));
      model.dispose();
      return drops.map((layer) => [layer.name, layer.getConfig().rate]);
    };
    expect(rates(0.4)).toEqual(
      [
        ["block1b_drop", 0.1],
        ["block1c_drop", 0.2],
        ["block1d_drop", 0.3],
      ].map(([name, rate]) => [name, expect.closeTo(rate as number, 12)]),
    );
    expect(rates(0)).toEqual([]);
    const trained = async (seed: number) => {
      const model = build(0.9, seed);
      const output = tf.tidy(() => model.apply(tf.ones([6, 8, 8, 1]), { training: true }) as tf.Tensor);
      const values = await output.data();
      output.dispose();
      model.dispose();
      return values;
    };
    const once = await trained(1);
    expect(await trained(1)).toEqual(once);
    // The images are the same: only what is left out can tell them apart.
    const samples = Array.from({ length: 6 }, (_, i) => [
      ...once.slice((i * once.length) / 6, ((i + 1) * once.length) / 6),
    ]);
    expect(new Set(samples.map((sample) => JSON.stringify(sample))).size).toBeGreaterThan(1);
  });

  it("takes a variant or a shape of one's own, not both", () => {
    const size = { height: 32, width: 32, classes: ["a"] };
    const build = (options: Partial<EfficientNetBlock>) => () =>
      efficientNet({ ...size, blocks: [block, { ...block, ...options }] });
    expect(() => efficientNet({ ...size, variant: "B0", topFilters: 8 })).toThrow(
      /options\.variant: names a published/,
    );
    expect(() => efficientNet({ ...size, variant: "B1" as "B0" })).toThrow(
      /options\.variant: is B1; expected "B0"/,
    );
    expect(() => efficientNet({ ...size, blocks: [] })).toThrow(/options\.blocks\.repeats: is empty/);
    expect(build({ filters: 0 })).toThrow(/options\.blocks\.filters: holds 0/);
    expect(build({ kernelSize: 4 })).toThrow(
      /options\.blocks\[1\]\.kernelSize: is 4; expected an odd number/,
    );
    expect(build({ strides: 3 as 2 })).toThrow(/options\.blocks\[1\]\.strides: is 3; expected 1 or 2/);
    expect(() => efficientNet({ ...size, dropConnect: 1 })).toThrow(/options\.dropConnect: is 1/);
    expect(() => efficientNet({ ...size, dropout: -1 })).toThrow(/options\.dropout: is -1/);
  });
});
