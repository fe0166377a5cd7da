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
  const pixels = readPixels(image);
  const [mean, deviation] = shiftAndScale(pixels, normalization);
  const { values, height, width, low, span } = pixels;
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = ((values[i]! - low) / span - mean) / deviation;
  return ndarray(result, [height, width]);
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

function shiftAndScale(pixels: ImagePixels, normalization: Normalization): readonly [number, number] {
  switch (normalization.method) {
    case "unit":
      return [0, 1];
    case "per-image": {
      const { mean, squares } = pixelMoments(pixels);
      return [mean, Math.sqrt(squares / pixels.values.length) || 1];
    }
    case "statistics": {
      const { mean, standardDeviation } = normalization;
      if (!(standardDeviation > 0 && Number.isFinite(mean + standardDeviation))) {
        throw new ArgumentError(
          "normalization",
          `has mean ${mean} and standard deviation ${standardDeviation}; expected finite numbers, the second above 0`,
        );
      }
      return [mean, standardDeviation];
    }
  }
}
