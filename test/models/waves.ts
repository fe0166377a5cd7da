import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";

/** What the fixtures' scripts make weight k of weight tensor n of, and pixel k of the image. */
export interface Pattern {
  readonly weight: (n: number, k: number) => number;
  readonly pixel: (k: number) => number;
}

/** The pattern of most fixtures. */
export const waves: Pattern = { weight: (n, k) => Math.sin(n + 0.7 * k), pixel: (k) => Math.sin(0.37 * k) };

const noiseAt = (n: number, k: number) => {
  const value = 43758.5453 * Math.sin(12.9898 * k + 78.233 * n);
  return 2 * (value - Math.floor(value)) - 1;
};

/** The pattern of resNet.py and efficientNet.py. */
export const noise: Pattern = { weight: noiseAt, pixel: (k) => noiseAt(-1, k) };

/** A small network of a fixture, with what the reference implementation gives for it. */
export interface WaveNetwork {
  readonly height: number;
  readonly width: number;
  /** All layers or those with weights, in the order in which the weights were made, and their weights' shapes. */
  readonly layers: readonly { readonly name: string; readonly weights: readonly (readonly number[])[] }[];
  /** Pooled feature maps. */
  readonly features: readonly number[];
}

/** Offset and scale of the pattern for weight i of a layer, as the fixtures' scripts have them. */
function spreadOf(layer: string, shape: readonly number[], i: number, weights: number): [number, number] {
  if (shape.length === 4) {
    const fanIn = layer === "DepthwiseConv2D" ? [0, 1] : [0, 1, 2];
    return [0, Math.sqrt(3 / fanIn.reduce((product, axis) => product * shape[axis]!, 1))];
  }
  // Batch normalisation holds gamma, beta, moving mean and moving variance.
  return weights === 4 && (i === 0 || i === 3) ? [1, 0.3] : [0, 0.2];
}

/** Gives a model the weights of a fixture. */
export function setWaves(
  model: LayersModel,
  network: Pick<WaveNetwork, "layers">,
  pattern: Pattern = waves,
): void {
  let n = 0;
  for (const { name, weights } of network.layers) {
    const layer = model.getLayer(name);
    expect(
      layer.getWeights().map((weight) => weight.shape),
      name,
    ).toEqual(weights);
    const tensors = weights.map((shape, i) => {
      const [offset, scale] = spreadOf(layer.getClassName(), shape, i, weights.length);
      const size = shape.reduce((a, b) => a * b);
      const values = Float32Array.from({ length: size }, (_, k) => offset + scale * pattern.weight(n, k));
      n++;
      return tf.tensor(values, [...shape]);
    });
    layer.setWeights(tensors);
    tf.dispose(tensors);
  }
}

/**
 * Expects that a model with the fixture's weights gives the fixture's features (output of `avg_pool`) for the fixture's
 * image, and that its layers have weights of the fixture's shapes.
 */
export async function expectReference(
  model: LayersModel,
  network: WaveNetwork,
  within: number,
  pattern: Pattern = waves,
): Promise<void> {
  const { height, width, features } = network;
  setWaves(model, network, pattern);
  const pooled = modelOf({
    inputs: model.inputs,
    outputs: model.getLayer("avg_pool").output as SymbolicTensor,
  });
  const pixels = Float32Array.from({ length: height * width * 3 }, (_, k) => pattern.pixel(k));
  const output = tf.tidy(() => pooled.predict(tf.tensor4d(pixels, [1, height, width, 3])) as tf.Tensor);
  const values = await output.data();
  output.dispose();
  expect(values).toHaveLength(features.length);
  const furthest = features.reduce((most, feature, i) => Math.max(most, Math.abs(values[i]! - feature)), 0);
  expect(furthest).toBeLessThan(within);
}
