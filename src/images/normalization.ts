/**
 * How an image's pixels become a network's input. Each starts from unit pixels: (value - low) / (high - low) of the
 * image's range, so 8 and 16 bit images mean the same.
 */
export type Normalization =
  /** Unit pixels as they are, in [0, 1]. */
  | { readonly method: "unit" }
  /** Each image's own: (unit - its mean) / its standard deviation (population); a constant image becomes all 0. */
  | { readonly method: "per-image" }
  /** (unit - mean) / standardDeviation, with statistics of unit pixels, such as those of the training images. */
  | { readonly method: "statistics"; readonly mean: number; readonly standardDeviation: number };
