import { ArgumentError } from "../errors.js";
import type { MaskImageEvaluation } from "./maskEvaluation.js";
import { type Grid, type MaskImage, readGrid, sizeOf } from "./maskImage.js";
import { diceOf, intersectionOverUnionOf, type OverlapCounts, overlapCounts } from "./overlap.js";
import { averageOf, hausdorffOf } from "./surfaceDistance.js";
import { type SurfaceOptions, spacingOf, surfaceDistances } from "./surfaceDistances.js";

/** How masks are compared. */
export interface MaskComparisonOptions extends Pick<SurfaceOptions, "connectivity"> {
  /**
   * From which value on a pixel of a prediction is inside: value >= threshold. Default 0.5. Predictions of bytes are masks
   * already, and anything but 0 is inside.
   */
  readonly threshold?: number;
  /** False leaves out the surface distances, which take most of the time. Default true. */
  readonly distances?: boolean;
  /**
   * The distance of an image whose truth is not empty and in which nothing was predicted: "undefined" (the default), NaN and
   * left out of the means, or "diagonal", the image's diagonal.
   */
  readonly missedDistance?: "undefined" | "diagonal";
}

/** The truth and the prediction of one image. */
export interface MaskPair {
  /** Shape [height, width]: above 0.5 inside, NaN unknown. */
  readonly truth: MaskImage;
  /** Of the same size: a mask, or the values that `threshold` cuts, such as probabilities; NaN unknown. */
  readonly prediction: MaskImage;
  /** Which image; its place by default. */
  readonly id?: string | number;
  /** Its patient, for all images or for none. */
  readonly group?: string | number;
  /** [row, column] of these masks' pixels, not of the film's where that has another size; for all images or for none. */
  readonly pixelSpacingMm?: readonly [row: number, column: number];
}

/**
 * Compares the masks of one image.
 *
 * @param id names the image in the result and in errors
 * @throws ArgumentError for masks of two sizes or not of two dimensions, or a spacing that is not above 0
 */
export function compareMasks(
  { truth, prediction, pixelSpacingMm }: MaskPair,
  id: string | number,
  options: MaskComparisonOptions,
): MaskImageEvaluation {
  const spacing = spacingOf({ ...(pixelSpacingMm && { pixelSpacingMm }) });
  const marked = readGrid(truth, "truth");
  const predicted = cut(readGrid(prediction, "prediction"), options.threshold ?? 0.5);
  if (marked.height !== predicted.height || marked.width !== predicted.width) {
    throw new ArgumentError(
      "prediction",
      `of image ${id} has ${sizeOf(predicted)} where the truth has ${sizeOf(marked)}; bring them to one size, as with resizeMask`,
    );
  }
  const counts = overlapCounts(marked.values, predicted.values);
  return {
    id,
    truthPixels: counts.first,
    predictedPixels: counts.second,
    bothPixels: counts.both,
    knownPixels: counts.known,
    unknownPixels: marked.values.length - counts.known,
    predictedArea: counts.second * spacing[0] * spacing[1],
    dice: diceOf(counts),
    intersectionOverUnion: intersectionOverUnionOf(counts),
    ...distancesOf(marked, predicted, counts, spacing, options),
  };
}

function distancesOf(
  truth: Grid,
  prediction: Grid,
  { first, second }: OverlapCounts,
  [down, across]: readonly [number, number],
  { distances = true, missedDistance, connectivity = 4 }: MaskComparisonOptions,
): Pick<MaskImageEvaluation, "hausdorff95" | "averageSurfaceDistance"> {
  if (distances && first > 0 && second > 0) {
    const between = surfaceDistances(maskOf(truth), maskOf(prediction), {
      connectivity,
      pixelSpacingMm: [down, across],
    });
    return {
      hausdorff95: hausdorffOf(between, { percentile: 95 }),
      averageSurfaceDistance: averageOf(between, {}),
    };
  }
  const penalty = distances && first > 0 && missedDistance === "diagonal";
  const distance = penalty ? Math.hypot(truth.height * down, truth.width * across) : Number.NaN;
  return { hausdorff95: distance, averageSurfaceDistance: distance };
}

const maskOf = ({ values, height, width }: Grid): MaskImage => ({ data: values, height, width });

/** 1 from the threshold on, 0 below, NaN where unknown; bytes stay as they are. */
function cut({ values, height, width }: Grid, threshold: number): Grid {
  if (values instanceof Uint8Array) return { values, height, width };
  const decided = new Float32Array(values.length);
  for (let i = 0; i < decided.length; i++) {
    const value = values[i]!;
    decided[i] = Number.isNaN(value) ? value : Number(value >= threshold);
  }
  return { values: decided, height, width };
}
