import type { ImagePixels } from "./readPixels.js";

/** Moments of an image. */
export interface PixelMoments {
  /** Mean of the stored values. */
  readonly centre: number;
  /** Mean of unit pixels. */
  readonly mean: number;
  /** Sum of squared deviations of unit pixels. */
  readonly squares: number;
}

/**
 * Moments of an image, in two passes. Values are taken relative to the first one, so a
 * constant image has exactly 0 squares.
 *
 * @returns all NaN for an image without pixels
 */
export function pixelMoments({ values, low, span }: ImagePixels): PixelMoments {
  const first = values[0] ?? Number.NaN;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - first;
  const shift = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - first - shift) ** 2;
  const centre = first + shift;
  return { centre, mean: (centre - low) / span, squares: squares / span ** 2 };
}
