import { cutPoints } from "./cutPoints.js";
import { rankMetricsOf } from "./rankMetrics.js";
import { knownSample, ranked, type WeightOptions } from "./sample.js";

/** The points of a precision-recall curve, from all samples counted as positive to none. */
export interface PrecisionRecallCurve {
  /** Share of true positives among the samples with a score >= the threshold; a last 1. */
  readonly precision: Float64Array;
  /** Share of the positives with a score >= the threshold; a last 0. */
  readonly recall: Float64Array;
  /** The distinct scores in ascending order; one fewer than the points, since the last point has no threshold. */
  readonly thresholds: Float64Array;
}

/**
 * Precision and recall at each distinct score, then the point (recall 0, precision 1), as scikit-learn's
 * `precision_recall_curve`.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @param options `weights`: how much each sample counts, as scikit-learn's `sample_weight`
 * @returns without a positive sample the recall is NaN at every threshold
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, or the score of a known label is not
 *   finite, or a weight is not a finite number from 0
 */
export function precisionRecallCurve(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): PrecisionRecallCurve {
  const cuts = cutPoints(ranked(knownSample(labels, scores, options)));
  const size = cuts.thresholds.length;
  const precision = new Float64Array(size + 1);
  const recall = new Float64Array(size + 1);
  precision[size] = 1;
  for (let i = 0; i < size; i++) {
    const found = cuts.truePositives[i]!;
    precision[size - 1 - i] = found / (found + cuts.falsePositives[i]!);
    recall[size - 1 - i] = found / cuts.positives;
  }
  return { precision, recall, thresholds: cuts.thresholds.slice().reverse() };
}

/**
 * Average precision: the sum over thresholds of (recall gained) x (precision there). A step sum without
 * interpolation, as scikit-learn's `average_precision_score`.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @param options `weights`: how much each sample counts, as scikit-learn's `sample_weight`
 * @returns in [0, 1]; NaN unless both labels occur (with positives only it would be 1 whatever the scores)
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, or the score of a known label is not
 *   finite, or a weight is not a finite number from 0
 */
export function averagePrecision(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): number {
  return rankMetricsOf(labels, scores, options).averagePrecision;
}
