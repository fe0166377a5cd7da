import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, model as modelOf } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { setContract } from "../../src/models/contract.js";
import { denseNet } from "../../src/models/denseNet.js";
import type { ImageNetworkOptions } from "../../src/models/imageClassifier.js";
import { layerKit } from "../../src/models/layerKit.js";
import { outputsOf } from "./modelRuns.js";
import { setWaves, type WaveNetwork } from "./waves.js";

interface Computed extends Pick<WaveNetwork, "layers"> {
  readonly logits: Readonly<Record<string, readonly number[]>>;
}

/** What PyTorch computes: test/fixtures/unet.py. */
export const reference = JSON.parse(
  readFileSync(new URL("../fixtures/unet.json", import.meta.url), "utf8"),
) as Readonly<Record<"plain" | "unet" | "unetPlusPlus", Computed>> & {
  readonly height: number;
  readonly width: number;
  readonly channels: 3;
  readonly encoder: readonly number[];
  readonly decoder: readonly number[];
  readonly filters: readonly number[];
};

/** Convolutions and pooling with three stages; those of the reference by default. */
export function poolingEncoder(
  { height, width, channels = 1 }: ImageNetworkOptions = reference,
  filters = reference.encoder,
): LayersModel {
  const kit = layerKit({ seed: 0 });
  const image = input({ name: "image", shape: [height, width, channels] });
  let x = image;
  filters.forEach((count, i) => {
    x = kit.convolve(`encoder${i + 1}`, x, count, 3, { useBias: true, activation: "relu" });
    x = kit.maxPool(`encoder${i + 1}_pool`, x, 2);
  });
  const encoder = modelOf({ name: "pooling", inputs: image, outputs: x });
  setContract(encoder, {
    version: 1,
    architecture: "pooling",
    heads: [],
    input: { height, width, channels },
    stages: filters.map((_, i) => ({
      name: `stage${i + 1}`,
      layer: `encoder${i + 1}_pool`,
      reduction: 2 ** (i + 1),
    })),
  });
  return encoder;
}

/** A model on a small denseNet with stages of reduction 2, 4 and 8, which is freed where there is none. */
export const onDenseNet =
  (build: (encoder: LayersModel) => LayersModel) =>
  (options: ImageNetworkOptions): LayersModel => {
    const encoder = denseNet({ blocks: [2, 1], growthRate: 3, initialFilters: 4, ...options });
    try {
      return build(encoder);
    } catch (error) {
      encoder.dispose();
      throw error;
    }
  };

/** Expects that a model has the reference's weights, and gives its logits to 1e-4 of the largest with its values in them. */
export async function expectReference(model: LayersModel, { layers, logits }: Computed): Promise<void> {
  setWaves(model, { layers });
  expect(model.layers.filter((layer) => layer.weights.length > 0)).toHaveLength(layers.length);
  const { height, width, channels } = reference;
  const pixels = Float32Array.from({ length: height * width * channels }, (_, k) => Math.sin(0.37 * k));
  const outputs = outputsOf(model.predict(tf.tensor4d(pixels, [1, height, width, channels])));
  expect(model.outputNames).toEqual(Object.keys(logits));
  for (const [i, expected] of Object.values(logits).entries()) {
    const values = [...(await outputs[i]!.data())];
    expect(values).toHaveLength(expected.length);
    const largest = Math.max(...expected.map(Math.abs));
    const furthest = Math.max(...values.map((value, k) => Math.abs(value - expected[k]!)));
    expect(furthest).toBeLessThan(1e-4 * largest);
  }
}
