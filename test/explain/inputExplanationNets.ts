import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { isRadiolucentError } from "../../src/errors.js";

/** What PyTorch, numpy and scipy gave for {@link fixtureNet}. */
export const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/inputExplanations.json", import.meta.url), "utf8"),
);

/** Its images, [2, 12, 10, 2]. */
export const fixtureImages = () => array(fixture.images, [2, 12, 10, 2]);

/** Its maps, [2, 6, 5]. */
export const fixtureMaps = () => array(fixture.maps, [2, 6, 5]);

export const array = (values: ArrayLike<number>, shape: number[]): NdArray<Float32Array> =>
  ndarray(Float32Array.from(values), shape);

/** The network whose weights the fixture holds, on the current backend. */
export function fixtureNet(): LayersModel {
  const image = input({ shape: [12, 10, 2] });
  const same = { kernelSize: 3, padding: "same" } as const;
  const stem = layers.conv2d({ ...same, name: "stem", filters: 6, activation: "tanh" }).apply(image);
  const pooled = layers.maxPooling2d({ poolSize: 2 }).apply(stem) as never;
  const grow = layers.conv2d({ ...same, name: "grow", filters: 4, useBias: false }).apply(pooled);
  const joined = layers.concatenate().apply([pooled, grow as never]);
  const normal = layers.batchNormalization({ name: "norm", epsilon: 1e-3 }).apply(joined);
  const relu = layers.activation({ activation: "relu" }).apply(normal);
  const means = layers.dropout({ rate: 0.5 }).apply(layers.globalAveragePooling2d({}).apply(relu));
  const net = model({
    inputs: image,
    outputs: layers.dense({ name: "head", units: 3 }).apply(means) as never,
  });
  tf.tidy(() => {
    for (const [name, weights] of Object.entries<number[][]>(fixture.weights)) {
      const layer = net.getLayer(name);
      layer.setWeights(weights.map((w, i) => tf.tensor(w, layer.getWeights()[i]!.shape)));
    }
  });
  return net;
}

/** Two logits that are weighted sums of the pixels of a 2 x 3 image with two channels. */
export function linearNet(weights: readonly [readonly number[], readonly number[]]): LayersModel {
  const image = input({ shape: [2, 3, 2] });
  const head = layers.dense({ name: "head", units: 2 });
  const net = model({ inputs: image, outputs: head.apply(layers.flatten().apply(image)) as never });
  const rows = weights[0].map((weight, i) => [weight, weights[1][i]!]);
  tf.tidy(() => head.setWeights([tf.tensor2d(rows), tf.tensor1d([0.5, -0.5])]));
  return net;
}

/** A classifier that sees the top left quarter of 8 x 8 images only: 8 times its mean less 4. */
export function quadrantNet(): LayersModel {
  const image = input({ shape: [8, 8, 1] });
  const quarter = layers.cropping2D({ cropping: [[0, 4], [0, 4]] }).apply(image); // biome-ignore format: one line
  const head = layers.dense({ name: "head", units: 1 });
  const mean = layers.globalAveragePooling2d({}).apply(quarter);
  const net = model({ inputs: image, outputs: head.apply(mean) as never });
  tf.tidy(() => head.setWeights([tf.tensor2d([[8]]), tf.tensor1d([-4])]));
  return net;
}

/** A segmenter of one mask: a pixel's logit is twice the pixel less 1. */
export function segmenter(): LayersModel {
  const image = input({ shape: [4, 4, 1] });
  const head = layers.conv2d({ name: "mask", filters: 1, kernelSize: 1 });
  const net = model({ inputs: image, outputs: head.apply(image) as never });
  tf.tidy(() => head.setWeights([tf.tensor4d([2], [1, 1, 1, 1]), tf.tensor1d([-1])]));
  return net;
}

/** Two heads after one convolution. */
export function twoHeads(): LayersModel {
  const image = input({ shape: [6, 6, 1] });
  const conv = layers.conv2d({ name: "conv", filters: 4, kernelSize: 3, activation: "tanh" }).apply(image);
  const pooled = layers.flatten().apply(conv);
  const outputs = ["tubes", "findings"].map((name) => layers.dense({ name, units: 2 }).apply(pooled));
  return model({ inputs: image, outputs: outputs as never });
}

/** The greatest difference as a share of the greatest magnitude that is expected. */
export function relativeError(found: ArrayLike<number>, expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(found[i]! - value))) / scale;
}

export async function code(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isRadiolucentError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}
