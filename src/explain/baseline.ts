import { ArgumentError } from "../errors.js";

/**
 * What stands for "nothing to see". A number: every channel of every pixel has it, in the units of the input (0 is the
 * training mean where inputs are standardised). "mean": each channel's mean over the image. "blur": the image blurred by a
 * Gaussian whose standard deviation is 5/224 of the longer side, as RISE (Petsiuk et al. 2018) takes for 224 pixels; it is
 * cut at three deviations, and at the rim what lies inside the image is weighted anew.
 */
export type Baseline = number | "mean" | "blur";

/** Height, width and channels of an image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/**
 * The image that a baseline means.
 *
 * @param pixels row-major, [height, width, channels]
 * @throws ArgumentError for a number that is not finite
 */
export function baselineImage(pixels: Float32Array, shape: ImageShape, baseline: Baseline): Float32Array {
  if (baseline === "blur") return blurred(pixels, shape);
  if (baseline === "mean") {
    const means = channelMeans(pixels, shape[2]);
    return pixels.map((_, i) => means[i % shape[2]]!);
  }
  if (!Number.isFinite(baseline)) {
    throw new ArgumentError("options.baseline", `is ${baseline}; expected a finite number, "mean" or "blur"`);
  }
  return new Float32Array(pixels.length).fill(baseline);
}

function channelMeans(pixels: Float32Array, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < pixels.length; i++) sums[i % channels]! += pixels[i]!;
  return sums.map((sum) => sum / (pixels.length / channels));
}

function blurred(pixels: Float32Array, [height, width, channels]: ImageShape): Float32Array {
  const deviation = (Math.max(height, width) * 5) / 224;
  const reach = Math.ceil(3 * deviation);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const along = (source: ArrayLike<number>, extent: number, step: number): Float64Array =>
    Float64Array.from(source, (_, i) => {
      const place = Math.floor(i / step) % extent;
      let sum = 0;
      let total = 0;
      const last = Math.min(extent - 1, place + reach);
      for (let at = Math.max(0, place - reach); at <= last; at++) {
        const weight = kernel[at - place + reach]!;
        sum += weight * source[i + (at - place) * step]!;
        total += weight;
      }
      return sum / total;
    });
  return Float32Array.from(along(along(pixels, width, channels), height, width * channels));
}
