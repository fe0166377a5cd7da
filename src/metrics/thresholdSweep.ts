import { ArgumentError } from "../errors.js";
import { confusionOf } from "./confusionAt.js";
import { cutPoints } from "./cutPoints.js";
import { knownSample, ranked, type WeightOptions } from "./sample.js";

/** How {@link thresholdSweep} picks thresholds. */
export interface ThresholdSweepOptions extends WeightOptions {
  /**
   * How many thresholds, evenly spaced from the lowest score to the highest, a whole number from 2; by default every
   * distinct score is one.
   */
  readonly points?: number;
}

/** What each threshold does; one value a threshold in every array. */
export interface ThresholdSweep {
  /** Ascending; a score counts as positive when score >= threshold. */
  readonly thresholds: Float64Array;
  /** Share of the positives that are found; NaN without positives. */
  readonly sensitivity: Float64Array;
  /** Share of the negatives that are left alone; NaN without negatives. */
  readonly specificity: Float64Array;
  /** Share of positives among the samples called (positive predictive value). */
  readonly precision: Float64Array;
  /** Share of negatives among the samples not called; NaN where all are called. */
  readonly negativePredictiveValue: Float64Array;
  /** Harmonic mean of precision and sensitivity. */
  readonly f1: Float64Array;
  /** Share of the samples that are called. */
  readonly called: Float64Array;
}

/**
 * What {@link confusionAt} says at many thresholds, for plots of sensitivity and its relatives over the threshold.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @param options `points`: how many thresholds; `weights`: how much each sample counts
 * @returns empty arrays without a known label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not finite,
 *   `points` is not a whole number from 2, or a weight is not a finite number from 0
 */
export function thresholdSweep(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: ThresholdSweepOptions = {},
): ThresholdSweep {
  const { points } = options;
  if (points !== undefined && !(Number.isInteger(points) && points >= 2)) {
    throw new ArgumentError("options.points", `is ${points}; expected a whole number from 2`);
  }
  const cuts = cutPoints(ranked(knownSample(labels, scores, options)));
  const { positives, negatives } = cuts;
  const distinct = cuts.thresholds.slice().reverse();
  const thresholds = points === undefined ? distinct : evenly(distinct, points);
  const sweep = {
    thresholds,
    sensitivity: new Float64Array(thresholds.length),
    specificity: new Float64Array(thresholds.length),
    precision: new Float64Array(thresholds.length),
    negativePredictiveValue: new Float64Array(thresholds.length),
    f1: new Float64Array(thresholds.length),
    called: new Float64Array(thresholds.length),
  };
  let cut = cuts.thresholds.length - 1;
  for (let i = 0; i < thresholds.length; i++) {
    while (cuts.thresholds[cut]! < thresholds[i]!) cut--;
    const [found, alarms] = [cuts.truePositives[cut]!, cuts.falsePositives[cut]!];
    const confusion = confusionOf(found, alarms, negatives - alarms, positives - found);
    sweep.sensitivity[i] = confusion.sensitivity;
    sweep.specificity[i] = confusion.specificity;
    sweep.precision[i] = confusion.precision;
    sweep.negativePredictiveValue[i] = confusion.negativePredictiveValue;
    sweep.f1[i] = confusion.f1;
    sweep.called[i] = (found + alarms) / (positives + negatives);
  }
  return sweep;
}

/** Thresholds from the first to the last of ascending scores, both exactly. */
function evenly(ascending: Float64Array, points: number): Float64Array {
  const [first, last] = [ascending[0], ascending.at(-1)];
  if (first === undefined || last === undefined) return ascending;
  return Float64Array.from({ length: points }, (_, i) => {
    const share = i / (points - 1);
    return Math.min(last, (1 - share) * first + share * last);
  }).sort();
}
