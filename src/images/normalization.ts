/**
 * How an image's pixels become a network's input. Each starts from unit pixels: (value - low) / (high - low) of the
 * image's range, so 8 and 16 bit images mean the same.
 */
export type Normalization =
  | {
      /** Unit pixels as they are, in [0, 1]. */
      readonly method: "unit";
    }
  | {
      /** (unit - its mean) / its standard deviation (population), each image by its own; a constant one becomes all 0. */
      readonly method: "per-image";
    }
  | {
      /** (unit - mean) / standardDeviation, the same for all images. */
      readonly method: "statistics";
      /** Mean of unit pixels, such as those of the training images. */
      readonly mean: number;
      /** Standard deviation of unit pixels, above 0. */
      readonly standardDeviation: number;
    };
