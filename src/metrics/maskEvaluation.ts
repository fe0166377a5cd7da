import type { Interval } from "./evaluation.js";

/** One image's truth and prediction, compared. */
export interface MaskImageEvaluation {
  /** Which image: its id, or its place among the images added. */
  readonly id: string | number;
  /** Pixels inside the truth. Only pixels that are known in both masks count, here and below. */
  readonly truthPixels: number;
  /** Pixels inside the prediction. */
  readonly predictedPixels: number;
  /** Pixels inside both. */
  readonly bothPixels: number;
  /** Pixels known in both masks. */
  readonly knownPixels: number;
  /** Pixels that are NaN in either mask. */
  readonly unknownPixels: number;
  /** Area inside the prediction, in square millimetres where the image has a pixel spacing, else in pixels. */
  readonly predictedArea: number;
  /** Dice coefficient; NaN where both masks are empty, 0 where only one is. */
  readonly dice: number;
  /** Intersection over union; NaN where both masks are empty, 0 where only one is. */
  readonly intersectionOverUnion: number;
  /** 95th percentile of the Hausdorff distance; NaN where a mask has no known surface, or no distances were asked for. */
  readonly hausdorff95: number;
  /** Average symmetric surface distance; NaN where a mask has no known surface, or no distances were asked for. */
  readonly averageSurfaceDistance: number;
}

/** Means over the images whose truth is not empty, each image counting the same. */
export interface PositiveMasks {
  /** How many such images there are. All means are NaN without one. */
  readonly images: number;
  /** Mean Dice coefficient; 0 for an image in which nothing was found. */
  readonly dice: Interval;
  /** Mean intersection over union; 0 for an image in which nothing was found. */
  readonly intersectionOverUnion: Interval;
  /** Share of the images in which nothing was predicted. */
  readonly predictedEmpty: Interval;
  /** Mean over the images that have a distance. */
  readonly hausdorff95: Interval;
  /** Mean over the images that have a distance. */
  readonly averageSurfaceDistance: Interval;
  /**
   * Images left out of the mean distances, for want of a prediction to measure to. Models that miss more leave out more:
   * compare mean distances only beside this number, or with `missedDistance: "diagonal"`.
   */
  readonly withoutDistance: number;
}

/** What was predicted on the images whose truth is empty. */
export interface EmptyMasks {
  /** How many such images there are. All means are NaN without one. */
  readonly images: number;
  /** Share of the images in which nothing was predicted, as it should be. */
  readonly predictedEmpty: Interval;
  /** Mean area predicted, over all of these images: in square millimetres, or in pixels where the unit is "px". */
  readonly falsePositiveArea: Interval;
}

/** How well masks are predicted on a set of images. */
export interface MaskEvaluation {
  /** One entry an image, in the order they came. */
  readonly images: readonly MaskImageEvaluation[];
  /** Images of which no pixel is known; they are in no number. */
  readonly unknownImages: readonly (string | number)[];
  /** Number of patients, which the bootstrap draws; undefined when no groups were given and it draws images. */
  readonly patients: number | undefined;
  /** Unit of the distances. */
  readonly unit: "mm" | "px";
  /** Images whose truth is not empty. */
  readonly positives: PositiveMasks;
  /** Images whose truth is empty. */
  readonly empties: EmptyMasks;
  /** Ratios of counts summed over all images: large findings weigh more, and false positives on empty images weigh in. */
  readonly pooled: {
    /** Dice coefficient of the sums. */
    readonly dice: Interval;
    /** Intersection over union of the sums. */
    readonly intersectionOverUnion: Interval;
  };
  /** Means over all images in which at least one mask is not empty; a false positive on an empty image is a 0. */
  readonly mean: {
    /** How many such images there are. */
    readonly images: number;
    /** Mean Dice coefficient. */
    readonly dice: Interval;
    /** Mean intersection over union. */
    readonly intersectionOverUnion: Interval;
  };
  /**
   * The score of the SIIM-ACR competition: the mean Dice coefficient over all images, 1 where both masks are empty. Compare
   * it with `siimAcrScoreOfNothing`.
   */
  readonly siimAcrScore: Interval;
  /** What predicting no pixel at all scores: the share of images whose truth is empty, 0.778 on the competition's training set. */
  readonly siimAcrScoreOfNothing: number;
  /**
   * How the intervals were made: by a percentile bootstrap over patients, or over images without groups. That of a share of
   * exactly 0 or 1 has no width, which is not certainty: {@link wilsonInterval} has one for independent images.
   */
  readonly intervals: {
    /** Confidence level. */
    readonly level: number;
    /** Number of bootstrap resamples. */
    readonly resamples: number;
  };
}
