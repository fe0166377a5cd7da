import { ArgumentError } from "../errors.js";
import type { MaskEvaluation } from "./maskEvaluation.js";
import type { MaskImage } from "./maskImage.js";
import { type MaskEvaluationOptions, maskTally } from "./maskTally.js";

/** What {@link evaluateMasks} is told besides truths and predictions. */
export interface MaskSetOptions extends MaskEvaluationOptions {
  /** Name of each image; its place by default. */
  readonly ids?: readonly (string | number)[];
  /** The patient of each image. Without it all images count as independent. */
  readonly groups?: readonly (string | number)[];
  /**
   * [row, column] of each image's mask pixels in millimetres: distances are in mm then. It is that of these masks: a mask
   * of another size than the film has another spacing than the film's.
   */
  readonly pixelSpacingMm?: readonly (readonly [row: number, column: number])[];
}

/**
 * Measures predicted masks against the truth: Dice, intersection over union, 95th percentile Hausdorff and average surface
 * distance, image by image and over all of them, with intervals.
 *
 * Images with a finding and those without are kept apart. On a set of mostly empty truths a mean that counts empty/empty as
 * 1 rewards predicting nothing, and a mean without it hides the false positives; so there are the positives' means, what was
 * predicted on the empties, and the SIIM-ACR competition's score beside what nothing would score. Pixels that are NaN in
 * either mask count nowhere.
 *
 * Intervals are percentile bootstrap intervals over patients (over images without `groups`), all numbers on the same
 * resamples. Definitions are those of {@link diceCoefficient}, {@link hausdorffDistance95} (the larger of the two
 * directions) and {@link averageSurfaceDistance} (pooled).
 *
 * ```ts
 * const { positives, empties } = evaluateMasks(truths, probabilities, { threshold: 0.4, groups: patientIds });
 * ```
 *
 * @param truths one an image, shape [height, width]: above 0.5 inside, NaN unknown
 * @param predictions of the same sizes: masks, or values that `threshold` cuts, such as probabilities
 * @throws ArgumentError when there are not as many predictions, ids, groups or spacings as truths, masks of an image differ in
 *   size or have not two dimensions, a spacing is not above 0, a group is empty, or an option is out of its range
 */
export function evaluateMasks(
  truths: readonly MaskImage[],
  predictions: readonly MaskImage[],
  options: MaskSetOptions = {},
): MaskEvaluation {
  const { ids, groups, pixelSpacingMm } = options;
  for (const [name, values] of Object.entries({
    predictions,
    "options.ids": ids,
    "options.groups": groups,
    "options.pixelSpacingMm": pixelSpacingMm,
  })) {
    if (values !== undefined && values.length !== truths.length) {
      throw new ArgumentError(name, `has ${values.length} entries for ${truths.length} truths`);
    }
  }
  const tally = maskTally(options);
  truths.forEach((truth, i) => {
    tally.add({
      truth,
      prediction: predictions[i]!,
      ...(ids && { id: ids[i]! }),
      ...(groups && { group: groups[i]! }),
      ...(pixelSpacingMm && { pixelSpacingMm: pixelSpacingMm[i]! }),
    });
  });
  return tally.result();
}
