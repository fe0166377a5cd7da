import { ArgumentError } from "../errors.js";
import { compareMasks, type MaskComparisonOptions, type MaskPair } from "./compareMasks.js";
import type { MaskEvaluation, MaskImageEvaluation } from "./maskEvaluation.js";
import { checkLevel, checkResamples } from "./resampling.js";
import { summarizeMasks } from "./summarizeMasks.js";
import { checkConnectivity } from "./surfaceDistances.js";

/** How masks are compared and how their intervals are made. */
export interface MaskEvaluationOptions extends MaskComparisonOptions {
  /** How many bootstrap resamples, a whole number from 0; 0 leaves the intervals NaN. Default 500. */
  readonly resamples?: number;
  /** The same seed gives the same intervals. Default 0. */
  readonly seed?: number | string;
  /** Confidence level in (0, 1). Default 0.95. */
  readonly level?: number;
}

/** Compares masks image by image; keeps numbers only, no masks. */
export interface MaskTally {
  /**
   * Takes one image.
   *
   * @returns its numbers
   * @throws ArgumentError for masks of two sizes or not of two dimensions, a spacing that is not above 0, an empty group, or a
   *   spacing or a group that is given for some images only
   */
  add(pair: MaskPair): MaskImageEvaluation;
  /** The evaluation of the images so far. */
  result(): MaskEvaluation;
}

/**
 * {@link evaluateMasks} for masks that come one after the other, as from `segment`.
 *
 * ```ts
 * const tally = maskTally();
 * for await (const { study, masks } of segment(model, batches)) {
 *   tally.add({ truth: await truthOf(study), prediction: masks.lungs!, group: study.patientId });
 * }
 * const { positives, empties } = tally.result();
 * ```
 *
 * @throws ArgumentError for an option out of its range
 */
export function maskTally(options: MaskEvaluationOptions = {}): MaskTally {
  const { threshold, missedDistance, connectivity, resamples = 500, seed = 0, level = 0.95 } = options;
  checkLevel(level);
  checkResamples(resamples);
  checkConnectivity(connectivity);
  if (Number.isNaN(threshold)) throw new ArgumentError("options.threshold", "is NaN; expected a number");
  if (![undefined, "undefined", "diagonal"].includes(missedDistance)) {
    throw new ArgumentError(
      "options.missedDistance",
      `is ${missedDistance}; expected "undefined" or "diagonal"`,
    );
  }
  const images: MaskImageEvaluation[] = [];
  const groups: (string | number)[] = [];
  const unknownImages: (string | number)[] = [];
  let given: Readonly<Record<"pixelSpacingMm" | "group", boolean>> | undefined;

  return {
    add(pair) {
      const { id = images.length + unknownImages.length, group, pixelSpacingMm } = pair;
      const here = { pixelSpacingMm: pixelSpacingMm !== undefined, group: group !== undefined };
      for (const name of ["pixelSpacingMm", "group"] as const) {
        if (here[name] === (given ?? here)[name]) continue;
        throw new ArgumentError(
          name,
          `image ${id} has ${here[name] ? "one" : "none"}, unlike those before; give it for all images, or for none`,
        );
      }
      if (String(group).trim() === "" || Number.isNaN(group)) {
        throw new ArgumentError(
          "group",
          `of image ${id} is empty; without one it cannot be drawn with its patient`,
        );
      }
      const image = compareMasks(pair, id, options);
      given = here;
      if (image.knownPixels === 0) unknownImages.push(id);
      else {
        images.push(image);
        if (group !== undefined) groups.push(group);
      }
      return image;
    },
    result: () =>
      summarizeMasks(images, {
        unknownImages,
        unit: given?.pixelSpacingMm ? "mm" : "px",
        groups: given?.group ? groups : undefined,
        resamples,
        seed,
        level,
      }),
  };
}
