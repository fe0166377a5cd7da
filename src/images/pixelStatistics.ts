import type { Image } from "../image.js";
import { pixelMoments } from "./pixelMoments.js";
import { readPixels } from "./readPixels.js";

/** Moments of the unit pixels of some images. */
export interface PixelStatistics {
  /** Mean over all pixels; NaN without pixels. */
  readonly mean: number;
  /** Population standard deviation over all pixels; NaN without pixels. */
  readonly standardDeviation: number;
  /** Images seen. */
  readonly images: number;
  /** Pixels seen. */
  readonly pixels: number;
}

/**
 * Mean and standard deviation of the unit pixels, (value - low) / (high - low) of each image's range, over many images.
 * One image at a time is held. The moments of the images are merged as in Chan, Golub and LeVeque (1983), equation 1.5,
 * so the result does not lose digits as the sum grows. Every pixel counts alike: larger images weigh more.
 *
 * @param images of any sizes and ranges; a NaN pixel makes the result NaN
 * @param options `signal` ends the reading with the signal's reason
 * @throws ArgumentError when an image's range is empty
 */
export async function pixelStatistics(
  images: Iterable<Image> | AsyncIterable<Image>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<PixelStatistics> {
  let count = 0;
  let pixels = 0;
  let mean = Number.NaN;
  let squares = Number.NaN;
  for await (const image of images) {
    signal?.throwIfAborted();
    const read = readPixels(image);
    const added = read.values.length;
    count++;
    if (added === 0) continue;
    const of = pixelMoments(read);
    if (pixels === 0) {
      ({ mean, squares } = of);
    } else {
      const gap = of.mean - mean;
      mean += (gap * added) / (pixels + added);
      squares += of.squares + (gap ** 2 * pixels * added) / (pixels + added);
    }
    pixels += added;
  }
  return { mean, standardDeviation: Math.sqrt(squares / pixels), images: count, pixels };
}
