import { dispose, slice, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { nextTask } from "../nextTask.js";
import { channelScores } from "./channelScores.js";
import type { ManyPassesOptions } from "./imageProbe.js";
import type { ResolvedTarget } from "./target.js";

/** A layer and what to weigh it for. */
export interface ScoredLayer {
  /** The layer's output, [batch, mapHeight, mapWidth, channels]. */
  readonly activation: Tensor4D;
  readonly targets: readonly ResolvedTarget[];
}

/**
 * Sums layers' channels with the softmax of their scores as weights, each image by itself.
 *
 * @param images shape [batch, height, width, channels]
 * @param outputs the model's outputs for them
 * @returns [batch, mapHeight, mapWidth] by layer, then by target
 */
export async function scoreCamSums(
  model: LayersModel,
  images: Tensor4D,
  outputs: readonly Tensor[],
  layers: readonly ScoredLayer[],
  { batchSize = 16, onBatch, signal }: ManyPassesOptions,
): Promise<NdArray<Float32Array>[][]> {
  const count = ({ activation: { shape } }: ScoredLayer) => shape[0] * Math.ceil(shape[3] / batchSize);
  const batches = layers.reduce((total, layer) => total + count(layer), 0);
  let batch = 0;
  const afterBatch = async (): Promise<void> => {
    await onBatch?.({ batch: ++batch, batches });
    await nextTask();
    signal?.throwIfAborted();
  };

  const sums: NdArray<Float32Array>[][] = [];
  for (const { activation, targets } of layers) {
    const [, height, width, channels] = activation.shape;
    const cells = height * width;
    const values = (await activation.data()) as Float32Array;
    const ofLayer = targets.map(() => new Float32Array(images.shape[0] * cells));
    for (let i = 0; i < images.shape[0]; i++) {
      const masked = {
        image: imageAt(images, i),
        activation: imageAt(activation, i),
        outputs: outputs.map((output) => imageAt(output, i)),
      };
      try {
        const scores = await channelScores(model, masked, targets, batchSize, afterBatch);
        for (const [t, ofTarget] of scores.entries()) {
          const weights = softmax(ofTarget);
          for (let cell = i * cells; cell < (i + 1) * cells; cell++) {
            const sum = weights.reduce(
              (total, weight, k) => total + weight * values[cell * channels + k]!,
              0,
            );
            ofLayer[t]![cell] = sum;
          }
        }
      } finally {
        dispose(masked);
      }
    }
    sums.push(ofLayer.map((sum) => ndarray(sum, activation.shape.slice(0, 3))));
  }
  return sums;
}

function imageAt<T extends Tensor>(batch: T, i: number): T {
  const rest = batch.shape.slice(1);
  return slice(batch, [i, ...rest.map(() => 0)], [1, ...rest]);
}

function softmax(scores: Float64Array): Float64Array {
  const greatest = scores.reduce((a, b) => Math.max(a, b));
  const powers = scores.map((score) => Math.exp(score - greatest));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}
