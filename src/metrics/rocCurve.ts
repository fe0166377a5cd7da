import { cutPoints } from "./cutPoints.js";
import { rankMetricsOf } from "./rankMetrics.js";
import { knownSample, ranked, type WeightOptions } from "./sample.js";

/** The points of a ROC curve, from no sample counted as positive to all of them. */
export interface RocCurve {
  /** Share of the negatives with a score >= the threshold: 1 - specificity. */
  readonly falsePositiveRate: Float64Array;
  /** Share of the positives with a score >= the threshold: sensitivity. */
  readonly truePositiveRate: Float64Array;
  /** Infinity, then the distinct scores in descending order. */
  readonly thresholds: Float64Array;
}

/**
 * Receiver operating characteristic: one point for each distinct score, after the point (0, 0) at threshold Infinity.
 * No point is dropped, as in scikit-learn's `roc_curve(..., drop_intermediate=False)`.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @param options `weights`: how much each sample counts, as scikit-learn's `sample_weight`
 * @returns the rate of a label that does not occur is NaN at every point
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, or the score of a known label is not
 *   finite, or a weight is not a finite number from 0
 */
export function rocCurve(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): RocCurve {
  const cuts = cutPoints(ranked(knownSample(labels, scores, options)));
  return {
    falsePositiveRate: startingWith(0, cuts.falsePositives).map((count) => count / cuts.negatives),
    truePositiveRate: startingWith(0, cuts.truePositives).map((count) => count / cuts.positives),
    thresholds: startingWith(Number.POSITIVE_INFINITY, cuts.thresholds),
  };
}

/**
 * Area under the ROC curve: the probability that a positive sample has a higher score than a negative one, equal
 * scores counting one half (Mann-Whitney). Equals scikit-learn's `roc_auc_score`.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @param options `weights`: how much each sample counts, as scikit-learn's `sample_weight`
 * @returns in [0, 1]; NaN unless both labels occur
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, or the score of a known label is not
 *   finite, or a weight is not a finite number from 0
 */
export function rocAuc(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): number {
  return rankMetricsOf(labels, scores, options).auc;
}

function startingWith(first: number, rest: Float64Array): Float64Array {
  const all = new Float64Array(rest.length + 1);
  all[0] = first;
  all.set(rest, 1);
  return all;
}
