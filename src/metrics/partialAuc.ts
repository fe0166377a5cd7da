import { ArgumentError } from "../errors.js";
import { type CutPoints, cutPoints } from "./cutPoints.js";
import { knownSample, ranked, type WeightOptions } from "./sample.js";

/** Which part of the ROC curve {@link partialAuc} measures: one of the two ranges has to be given. */
export interface PartialAucOptions extends WeightOptions {
  /** The part with a false-positive rate (1 - specificity) from 0 to this, in (0, 1]. */
  readonly maxFalsePositiveRate?: number;
  /** The part with a sensitivity from this to 1, in [0, 1). */
  readonly minSensitivity?: number;
  /**
   * Whether the area is mapped so that chance has 0.5 and a perfect curve 1 (McClish, Med. Decis. Making 1989); the bare
   * area otherwise. Default true.
   */
  readonly standardized?: boolean;
}

/**
 * Area under a part of the ROC curve, for a use that allows few false alarms or few misses. Points of the curve are
 * joined by straight lines, also at the end of the range.
 *
 * - `maxFalsePositiveRate: e`: the integral of the sensitivity over false-positive rates from 0 to e. Chance has e^2 / 2,
 *   a perfect curve e. Standardised it equals scikit-learn's `roc_auc_score(max_fpr=e)`.
 * - `minSensitivity: s`: the integral of the specificity over sensitivities from s to 1, which is the area under the curve
 *   and above the line at s (Jiang, Metz and Nishikawa, Radiology 1996). Chance has (1 - s)^2 / 2, a perfect curve 1 - s.
 *
 * McClish's map is 1/2 (1 + (area - chance) / (perfect - chance)). A curve below chance can fall below 0.5, down to 0 for
 * the whole curve. With the whole range the value is {@link rocAuc}, standardised or not.
 *
 * ```ts
 * partialAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { maxFalsePositiveRate: 0.5 }); // 0.666...
 * ```
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @returns NaN unless both labels occur
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not finite,
 *   not exactly one range is given or it lies outside its bounds, or a weight is not a finite number from 0
 */
export function partialAuc(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: PartialAucOptions,
): number {
  const width = widthOf(options);
  const cuts = cutPoints(ranked(knownSample(labels, scores, options)));
  if (cuts.positives === 0 || cuts.negatives === 0) return Number.NaN;
  const area =
    options.minSensitivity === undefined
      ? areaUpTo(width, cuts.falsePositives, cuts.truePositives)
      : areaUpTo(width, ...fromTheOtherEnd(cuts));
  if (options.standardized === false) return area;
  const chance = width ** 2 / 2;
  return (1 + (area - chance) / (width - chance)) / 2;
}

/** How much of the axis is asked for. */
function widthOf({ maxFalsePositiveRate, minSensitivity }: PartialAucOptions): number {
  if ((maxFalsePositiveRate === undefined) === (minSensitivity === undefined)) {
    throw new ArgumentError("options", "expected either maxFalsePositiveRate or minSensitivity");
  }
  if (maxFalsePositiveRate !== undefined && !(maxFalsePositiveRate > 0 && maxFalsePositiveRate <= 1)) {
    throw new ArgumentError("options.maxFalsePositiveRate", `is ${maxFalsePositiveRate}; expected (0, 1]`);
  }
  if (minSensitivity !== undefined && !(minSensitivity >= 0 && minSensitivity < 1)) {
    throw new ArgumentError("options.minSensitivity", `is ${minSensitivity}; expected [0, 1)`);
  }
  return maxFalsePositiveRate ?? 1 - minSensitivity!;
}

/** Positives missed and negatives left alone, from the lowest threshold up: the curve seen from (1, 1). */
function fromTheOtherEnd(cuts: CutPoints): [Float64Array, Float64Array] {
  const size = cuts.thresholds.length;
  const rest = (counts: Float64Array, all: number) =>
    Float64Array.from({ length: size + 1 }, (_, i) => all - (counts[size - 1 - i] ?? 0));
  return [rest(cuts.truePositives, cuts.positives), rest(cuts.falsePositives, cuts.negatives)];
}

/** Area, left of a share of the x axis, under a curve from (0, 0) that is given in counts and rises to all of them. */
function areaUpTo(share: number, across: Float64Array, up: Float64Array): number {
  const right = across.at(-1)!;
  const limit = share * right;
  let area = 0;
  for (let i = 0; i < across.length; i++) {
    const [x, y] = [across[i - 1] ?? 0, up[i - 1] ?? 0];
    if (x >= limit) break;
    const [step, rise] = [across[i]! - x, up[i]! - y];
    const width = Math.min(step, limit - x);
    if (width > 0) area += width * (y + (rise * width) / step / 2);
  }
  return area / right / up.at(-1)!;
}
