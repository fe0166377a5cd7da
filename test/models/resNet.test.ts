import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import "../../src/backends/onnx-entry.js";
import { useBackend } from "../../src/backends/useBackend.js";
import { contractOf } from "../../src/models/contract.js";
import { resNet } from "../../src/models/resNet.js";
import { savedAndLoaded } from "./modelRuns.js";
import { expectReference, noise, type WaveNetwork } from "./waves.js";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/resNet.json", import.meta.url), "utf8")) as {
  published: Record<string, { names: string[]; parameters: number }>;
  small: (WaveNetwork & { bottleneck: boolean; blocks: number[] })[];
};

const thousand = Array.from({ length: 1000 }, (_, i) => `class ${i}`);

describe("resNet", () => {
  beforeAll(async () => {
    await useBackend("onnx", { threads: 2 });
  });

  it.each([
    // Published by torchvision: parameters with its 1000 classes.
    [18, 11_689_512, "layer4.1.relu_1"],
    [34, 21_797_672, "layer4.2.relu_1"],
    [50, 25_557_032, "layer4.2.relu_2"],
  ] as const)(
    "%d has torchvision's names in its order and %d trainable parameters",
    (depth, parameters, lastRelu) => {
      const model = resNet({ depth, height: 224, width: 224, channels: 3, classes: thousand });
      const { names, parameters: counted } = fixture.published[depth]!;
      const renamed = new Map([
        ["x", "image"],
        ["avgpool", "avg_pool"],
        ["fc", "predictions"],
      ]);
      const theirs = names.filter((name) => name !== "flatten").map((name) => renamed.get(name) ?? name);
      const ours = model.layers.map(({ name }) => name).filter((name) => !name.endsWith(".pad"));
      expect(new Set(ours)).toEqual(new Set(theirs));
      const withWeights = (list: readonly string[]) => list.filter((name) => /(conv|bn)\d$/.test(name));
      expect(withWeights(ours)).toEqual(withWeights(theirs));
      const trainable = model.trainableWeights.reduce(
        (sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]),
        0,
      );
      expect(trainable).toBe(parameters);
      expect(counted).toBe(parameters);
      expect(contractOf(model)).toMatchObject({
        architecture: `resNet${depth}`,
        stages: [
          { name: "stage1", layer: "relu", reduction: 2 },
          { reduction: 4 },
          { reduction: 8 },
          { reduction: 16 },
          { name: "stage5", layer: lastRelu, reduction: 32 },
        ],
      });
      model.dispose();
    },
  );

  it.each(fixture.small)(
    "computes what torchvision computes from the same weights: $blocks blocks, bottleneck $bottleneck, $height x $width",
    async (network) => {
      const { blocks, bottleneck, height, width } = network;
      const model = resNet({ blocks, bottleneck, height, width, channels: 3, classes: ["a"] });
      await expectReference(model, network, 1e-5, noise);
      model.dispose();
    },
  );

  it("keeps torchvision's names with their dots in the names of weights and through files", async () => {
    const model = resNet({ blocks: [1, 1], bottleneck: false, initialFilters: 4, height: 9, width: 9 });
    const names = model.weights.map(({ originalName }) => originalName);
    expect(names).toContain("layer1.0.conv1/kernel");
    expect(names).toContain("layer2.0.downsample.1/moving_variance");
    const loaded = await savedAndLoaded(model);
    expect(loaded.weights.map(({ originalName }) => originalName)).toEqual(names);
    expect(loaded.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    for (const m of [model, loaded]) m.dispose();
  });

  it("halves once more for each group after the first, rounding up, whatever the size", () => {
    const model = resNet({ blocks: [1, 1, 1], initialFilters: 2, height: 33, width: 1 });
    const shapes = contractOf(model).stages!.map(({ layer }) => model.getLayer(layer).outputShape);
    expect(shapes).toEqual([
      [null, 17, 1, 2],
      [null, 9, 1, 8],
      [null, 5, 1, 16],
      [null, 3, 1, 32],
    ]);
    model.dispose();
  });

  it("draws its first weights from torchvision's distribution, normal with variance 2 / fan-out", async () => {
    const model = resNet({ blocks: [1], initialFilters: 64, height: 8, width: 8, bottleneck: false });
    const values = await model.getLayer("layer1.0.conv2").getWeights()[0]!.data<"float32">();
    const sum = (f: (value: number) => number) => values.reduce((total, value) => total + f(value), 0);
    const mean = sum((value) => value) / values.length;
    const deviation = Math.sqrt(sum((value) => (value - mean) ** 2) / values.length);
    const expected = Math.sqrt(2 / (9 * 64));
    // Standard errors over 36,864 values: 0.0052 and 0.0037 of the deviation.
    expect(Math.abs(mean)).toBeLessThan(4 * 0.0052 * expected);
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(4 * 0.0037);
    // Not cut at two deviations, beyond which 4.55% lie.
    expect(values.filter((value) => Math.abs(value) > 2 * expected).length / values.length).toBeCloseTo(
      0.0455,
      2,
    );
    model.dispose();
    const glorot = resNet({
      blocks: [1],
      initialFilters: 64,
      height: 8,
      width: 8,
      initializer: "glorotUniform",
    });
    const largest = Math.max(...(await glorot.getLayer("layer1.0.conv2").getWeights()[0]!.data()));
    expect(largest).toBeLessThanOrEqual(Math.sqrt(6 / (9 * 128)));
    glorot.dispose();
  });

  it("takes a depth or a shape of one's own, not both", () => {
    const size = { height: 32, width: 32, classes: ["a"] };
    expect(() => resNet({ ...size, depth: 18, initialFilters: 8 })).toThrow(
      /options\.depth: names a published/,
    );
    expect(() => resNet({ ...size, depth: 18, bottleneck: true })).toThrow(
      /options\.depth: names a published/,
    );
    expect(() => resNet({ ...size, depth: 152 as 50 })).toThrow(/is 152; expected 18, 34 or 50/);
    expect(() => resNet({ ...size, blocks: [] })).toThrow(/options\.blocks: is empty/);
    expect(() => resNet({ ...size, initialFilters: 0 })).toThrow(/options\.initialFilters: holds 0/);
    expect(() => resNet({ ...size, momentum: 1 })).toThrow(/options\.momentum: is 1/);
  });
});
