import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers } from "../models/checkOptions.js";
import { type AttributionMap, attributionMap, channelSum } from "./explanationMap.js";
import { type ManyPassesOptions, probeImages } from "./imageProbe.js";
import { readPixelBatch } from "./modelPass.js";
import { imageStreams, type SeedOptions } from "./seeding.js";
import { type HeadTarget, resolveTarget } from "./target.js";

/** What to explain, and with how much noise. */
export interface SmoothGradOptions extends HeadTarget, ManyPassesOptions, SeedOptions {
  /** How many noisy copies of each image are averaged: 50 by default. */
  readonly samples?: number;
  /**
   * Standard deviation of the noise as a share of the image's own range, its greatest minus its least value: 0.15 by
   * default. The paper finds 0.1 to 0.2 best.
   */
  readonly noise?: number;
  /** Whether the gradients are squared before they are averaged (SmoothGrad-squared); the map then has no sign. False by default. */
  readonly squared?: boolean;
}

/**
 * SmoothGrad (Smilkov et al., SmoothGrad: removing noise by adding noise, 2017): the mean over noisy copies of an image of
 * d score / d pixel, summed over channels, in inference mode. `squared` averages the squares (Hooker et al., A benchmark for
 * interpretability methods in deep neural networks, NeurIPS 2019). A segmentation's region is that of the image without
 * noise.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @throws ArgumentError for no images, images of another shape than the model's input, samples below 1, noise below 0, or
 *   keys that are not one an image
 * @throws ModelError for an unknown class or head, a class name on a model without contract, a model with several inputs, or
 *   a target that does not depend on the image
 */
export async function smoothGrad(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: SmoothGradOptions,
): Promise<AttributionMap> {
  const { samples = 50, noise = 0.15, squared = false } = options;
  checkPositiveIntegers("samples", [samples]);
  if (!(noise >= 0 && Number.isFinite(noise))) {
    throw new ArgumentError("options.noise", `is ${noise}; expected a share of the image's range, from 0`);
  }
  const target = resolveTarget(model, options.target, options);
  const batch = await readPixelBatch(model, images);
  const streams = imageStreams(options, batch.count);
  const maps = await probeImages(model, batch, [target], samples, options, async (probe) => {
    const deviation = noise * rangeOf(probe.pixels);
    const total = new Float64Array(probe.pixels.length);
    await probe.differentiateCopies(
      (sample, into) => {
        const stream = streams[probe.index]!.fork(sample);
        for (let i = 0; i < into.length; i++) into[i] = probe.pixels[i]! + deviation * stream.normal();
      },
      (gradient) => {
        for (let i = 0; i < total.length; i++)
          total[i]! += (squared ? gradient[i]! ** 2 : gradient[i]!) / samples;
      },
    );
    return { map: channelSum(total, probe.shape), score: probe.scores[0]! };
  });
  return attributionMap(
    maps.map(({ map }) => map),
    maps.map(({ score }) => score),
    batch.shape,
  );
}

function rangeOf(values: Float32Array): number {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return greatest - least;
}
