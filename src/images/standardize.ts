import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import type { Normalization } from "./normalization.js";
import { pixelMoments } from "./pixelMoments.js";
import { type ImagePixels, readPixels } from "./readPixels.js";

/**
 * Makes an image's pixels the input values of a network. Moments are summed in float64; a pixel that is NaN gives NaN,
 * with "per-image" in the whole image.
 *
 * @param image any range
 * @param normalization which rule
 * @returns shape [height, width]
 * @throws ArgumentError when the image's range is empty, or `normalization.standardDeviation` is not above 0
 */
export function normalize(image: Image, normalization: Normalization): NdArray<Float32Array> {
  const { height, width } = readPixels(image);
  const result = new Float32Array(height * width);
  writeNormalized(image, normalization, result, 0, 1);
  return ndarray(result, [height, width]);
}

/**
 * Writes {@link normalize} of an image into a batch of shape [batch, height, width, channels], the value repeated in each
 * channel.
 *
 * @param batch the values of the batch, row first
 * @param index which image of the batch, from 0
 */
export function writeNormalized(
  image: Image,
  normalization: Normalization,
  batch: Float32Array,
  index: number,
  channels: 1 | 3,
): void {
  const pixels = readPixels(image);
  const { values } = pixels;
  const [centre, scale] = centreAndScale(pixels, normalization);
  let to = index * values.length * channels;
  for (let i = 0; i < values.length; i++) {
    const value = (values[i]! - centre) * scale;
    batch[to++] = value;
    if (channels === 1) continue;
    batch[to++] = value;
    batch[to++] = value;
  }
}

/**
 * Shifts and scales an image to mean 0 and standard deviation 1: its own, or with given statistics of unit pixels, such
 * as {@link pixelStatistics} of the training images. The same as {@link normalize} with "per-image" or "statistics".
 *
 * @param image any range; a constant image becomes all 0 without statistics
 * @param statistics mean and population standard deviation of unit pixels, (value - low) / (high - low) of the range
 * @returns shape [height, width]
 * @throws ArgumentError when the image's range is empty, or `standardDeviation` is not above 0
 */
export function standardize(
  image: Image,
  statistics?: { readonly mean: number; readonly standardDeviation: number },
): NdArray<Float32Array> {
  return normalize(image, statistics ? { ...statistics, method: "statistics" } : { method: "per-image" });
}

/** An input value is (stored value - centre) * scale. */
function centreAndScale(pixels: ImagePixels, normalization: Normalization): readonly [number, number] {
  const { low, span, values } = pixels;
  switch (normalization.method) {
    case "unit":
      return [low, 1 / span];
    case "per-image": {
      const { centre, squares } = pixelMoments(pixels);
      const deviation = Math.sqrt(squares / values.length) || 1;
      return [centre, 1 / (span * deviation)];
    }
    case "statistics": {
      const { mean, standardDeviation } = normalization;
      if (!(standardDeviation > 0 && Number.isFinite(mean + standardDeviation))) {
        throw new ArgumentError(
          "normalization",
          `has mean ${mean} and standard deviation ${standardDeviation}; expected finite numbers, the second above 0`,
        );
      }
      return [low + mean * span, 1 / (span * standardDeviation)];
    }
  }
}
