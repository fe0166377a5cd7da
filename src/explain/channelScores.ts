import {
  add,
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
import type { ResolvedTarget } from "./target.js";

/** What {@link channelScores} works on. */
export interface MaskedImage {
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
export async function channelScores(
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
      const logits = [model.apply(mul(image, masks), { training: false })].flat() as Tensor[];
      return targets.map(({ output, scores: scoresOf }) => scoresOf(logits[output]!, outputs[output]!));
    });
    try {
      for (const [t, tensor] of batch.entries()) scores[t]!.set(await tensor.data(), first);
    } finally {
      for (const tensor of batch) tensor.dispose();
    }
    await afterBatch();
  }
  return scores;
}
