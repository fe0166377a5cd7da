import {
  add,
  dispose,
  div,
  image as imageOps,
  max,
  min,
  mul,
  slice,
  sub,
  type Tensor,
  type Tensor4D,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { nextTask } from "../nextTask.js";
import type { ManyPassesOptions } from "./imageProbe.js";
import { outputsOf } from "./modelPass.js";
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

interface MaskedImage {
  /** Shape [1, height, width, channels]. */
  readonly image: Tensor4D;
  /** A layer's output for it, [1, mapHeight, mapWidth, layerChannels]. */
  readonly activation: Tensor4D;
  /** The model's outputs for it. */
  readonly outputs: readonly Tensor[];
}

/**
 * What a model says of an image of which only that is left which one channel of a layer shows, for each channel: the
 * channel's map is stretched over the image (bilinear, corner to corner), scaled to 0 to 1 and multiplied with the image.
 *
 * @param batchSize how many channels go through the model at once
 * @param afterBatch awaited after each batch
 * @returns scores by target, then by channel
 */
async function channelScores(
  model: LayersModel,
  { image, activation, outputs }: MaskedImage,
  targets: readonly ResolvedTarget[],
  batchSize: number,
  afterBatch: () => Promise<void>,
): Promise<Float64Array[]> {
  const channels = activation.shape[3];
  const scores = targets.map(() => new Float64Array(channels));
  for (let first = 0; first < channels; first += batchSize) {
    const count = Math.min(batchSize, channels - first);
    const batch = tidy(() => {
      const maps = slice(activation, [0, 0, 0, first], [1, -1, -1, count]);
      const size: [number, number] = [image.shape[1], image.shape[2]];
      const stretched = imageOps.resizeBilinear(transpose(maps, [3, 1, 2, 0]) as Tensor4D, size, true);
      const least = min(stretched, [1, 2], true);
      const range = sub(max(stretched, [1, 2], true), least);
      const masks = div(sub(stretched, least), add(range, 1e-8));
      const logits = outputsOf(model, mul(image, masks));
      return targets.map(({ output, scores: scoresOf }) => scoresOf(logits[output]!, outputs[output]!));
    });
    try {
      for (const [t, tensor] of batch.entries()) scores[t]!.set(await tensor.data(), first);
    } finally {
      dispose(batch);
    }
    await afterBatch();
  }
  return scores;
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
