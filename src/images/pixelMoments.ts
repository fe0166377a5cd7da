import type { ImagePixels } from "./readPixels.js";

/**
 * Mean and sum of squared deviations of unit pixels, in two passes. Values are taken relative to the first one, so a
 * constant image has exactly 0 squares.
 *
 * @returns both NaN for an image without pixels
 */
export function pixelMoments({ values, low, span }: ImagePixels): { mean: number; squares: number } {
  const first = values[0] ?? Number.NaN;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - first;
  const shift = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - first - shift) ** 2;
  return { mean: (first + shift - low) / span, squares: squares / span ** 2 };
}
