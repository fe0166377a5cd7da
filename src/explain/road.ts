import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { type ManyPassesOptions, probeImages } from "./imageProbe.js";
import { readPixelBatch } from "./modelPass.js";
import { noisyLinearImputation } from "./noisyLinearImputation.js";
import { type RemovalScoreOptions, relevanceOrder, removalScale, stretchedMaps } from "./pixelRemoval.js";
import { imageStreams, type SeedOptions } from "./seeding.js";
import { type HeadTarget, resolveTarget } from "./target.js";

/** What is measured, the target being the one that the maps explain, and how much is removed. */
export interface RoadOptions extends HeadTarget, ManyPassesOptions, SeedOptions, RemovalScoreOptions {
  /**
   * From which percentile of the map on pixels are removed, each above 0 and at most 100: 80 removes the fifth with the
   * greatest values. 10, 20, ... 90 by default.
   */
  readonly percentiles?: readonly number[];
  /** Standard deviation of the noise on filled pixels, in units of the input: 0.01 by default. */
  readonly noise?: number;
}

/** How scores change as the most and the least relevant pixels are removed. */
export interface Road {
  /** The percentiles, in order. */
  readonly percentiles: readonly number[];
  /** Shape [batch, percentiles]: score without the most relevant pixels minus that of the image; low for a faithful map. */
  readonly mostRelevantFirst: NdArray<Float64Array>;
  /** Shape [batch, percentiles]: score without the least relevant pixels minus that of the image; near 0 for a faithful map. */
  readonly leastRelevantFirst: NdArray<Float64Array>;
  /** Shape [batch, percentiles]: (leastRelevantFirst - mostRelevantFirst) / 2; high for a faithful map, 0 for chance. */
  readonly combined: NdArray<Float64Array>;
  /** Mean of `combined` over the percentiles, one an image: ROADCombined of pytorch-grad-cam. */
  readonly mean: Float64Array;
}

/**
 * Remove and debias (Rong, Leemann et al., A consistent and efficient evaluation strategy for attribution methods, ICML
 * 2022): pixels are removed by relevance and filled by noisy linear imputation, which hides where they were. Scores and
 * their combination are those of pytorch-grad-cam's ROADMostRelevantFirst, ROADLeastRelevantFirst and ROADCombined; in logits
 * unless `score` says otherwise. Of n pixels those are removed that reach the percentile of numpy.percentile,
 * n - ceil((n - 1) percentile / 100) of them; among equal values just so many, from left to right and from top to bottom
 * (pytorch-grad-cam removes all equal ones, which may be the whole image). A map that is smaller than the images is stretched
 * as `resizeImage` does. A segmentation's region is that of the image as it is.
 *
 * A filled pixel is the mean of its eight neighbours, weighed 1/6 beside and 1/12 across the corner and anew at the rim, filled
 * neighbours included: a linear system for each channel, solved by conjugate gradients to a residual of 1e-10 of the right
 * side's norm; then noise is added.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @param maps shape [batch, mapHeight, mapWidth]: one an image, greater where more relevant
 * @throws ArgumentError for no images, images of another shape than the model's input or of one pixel, maps that are not one
 *   an image or not finite, no percentiles or such outside (0, 100], noise below 0, probabilities of a target that has none, or
 *   keys that are not one an image
 * @throws ModelError for an unknown class or head, a class name on a model without contract, a model with several inputs
 */
export async function road(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  maps: NdArray<Float32Array>,
  options: RoadOptions,
): Promise<Road> {
  const { percentiles = [10, 20, 30, 40, 50, 60, 70, 80, 90], noise = 0.01 } = options;
  checkRemoval(percentiles, noise);
  const target = resolveTarget(model, options.target, options);
  const scale = removalScale(model, options.target, target, options, "logit");
  const batch = await readPixelBatch(model, images);
  const { shape, count } = batch;
  const pixels = shape[0] * shape[1];
  if (pixels < 2) throw new ArgumentError("images", "have one pixel; nothing is left to fill it from");
  const stretched = stretchedMaps(maps, count, shape);
  const streams = imageStreams(options, count);

  const copies = 2 * percentiles.length;
  const changes = await probeImages(model, batch, [target], copies, options, async (probe) => {
    const map = stretched[probe.index]!;
    const orders = [relevanceOrder(map), relevanceOrder(map.map((value) => -value))];
    const [scores] = await probe.scoreCopies((copy, into) => {
      const percentile = percentiles[copy >> 1]!;
      const removed = orders[copy & 1]!.subarray(0, pixels - Math.ceil(((pixels - 1) * percentile) / 100));
      const random = streams[probe.index]!.fork(percentile).fork(copy & 1);
      into.set(noisyLinearImputation(probe.pixels, shape, removed, noise, random));
    });
    return Float64Array.from(scores!, (score) => scale(score) - scale(probe.scores[0]!));
  });

  const table = (value: (most: number, least: number) => number): NdArray<Float64Array> => {
    const values = changes.flatMap((change) =>
      percentiles.map((_, p) => value(change[2 * p]!, change[2 * p + 1]!)),
    );
    return ndarray(Float64Array.from(values), [count, percentiles.length]);
  };
  const combined = table((most, least) => (least - most) / 2);
  return {
    percentiles,
    mostRelevantFirst: table((most) => most),
    leastRelevantFirst: table((_, least) => least),
    combined,
    mean: Float64Array.from(changes, (_, i) => {
      const row = combined.data.subarray(i * percentiles.length, (i + 1) * percentiles.length);
      return row.reduce((a, b) => a + b, 0) / percentiles.length;
    }),
  };
}

function checkRemoval(percentiles: readonly number[], noise: number): void {
  const wrong = percentiles.find((percentile) => !(percentile > 0 && percentile <= 100));
  if (wrong !== undefined || percentiles.length === 0) {
    throw new ArgumentError(
      "options.percentiles",
      `${wrong === undefined ? "are none" : `hold ${wrong}`}; expected numbers above 0 and at most 100`,
    );
  }
  if (!(noise >= 0 && Number.isFinite(noise))) {
    throw new ArgumentError("options.noise", `is ${noise}; expected a number from 0`);
  }
}
