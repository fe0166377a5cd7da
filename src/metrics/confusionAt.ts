import { ArgumentError } from "../errors.js";
import { knownSample, type Sample, type WeightOptions } from "./sample.js";

/**
 * What a threshold does to the samples of one class. With weights the four counts are sums of weights. A share of
 * nothing is NaN, where scikit-learn puts 0 or a substitute.
 */
export interface Confusion {
  /** Positives with a score >= the threshold. */
  readonly truePositives: number;
  /** Negatives with a score >= the threshold. */
  readonly falsePositives: number;
  /** Negatives with a score below the threshold. */
  readonly trueNegatives: number;
  /** Positives with a score below the threshold. */
  readonly falseNegatives: number;
  /** Share of the positives that are found (recall); NaN without positives. */
  readonly sensitivity: number;
  /** Share of the negatives that are left alone; NaN without negatives. */
  readonly specificity: number;
  /** Share of positives among the samples counted as positive (positive predictive value); NaN if there are none. */
  readonly precision: number;
  /** Share of negatives among the samples counted as negative; NaN if there are none. */
  readonly negativePredictiveValue: number;
  /**
   * Harmonic mean of precision and sensitivity, 2 TP / (2 TP + FP + FN): 0 when there are positives and none is found, or
   * only negatives are called; NaN when there are no positives and nothing is called.
   */
  readonly f1: number;
  /** Share of the samples decided rightly; NaN without a sample. For a rare finding, calling nothing comes near 1. */
  readonly accuracy: number;
  /** Mean of sensitivity and specificity, 0.5 for chance; NaN unless both labels occur. */
  readonly balancedAccuracy: number;
  /**
   * Correlation of label and decision, in [-1, 1] (Matthews, Biochim. Biophys. Acta 1975); NaN unless both labels and both
   * decisions occur.
   */
  readonly matthewsCorrelation: number;
  /**
   * sensitivity / (1 - specificity): by how much a positive decision multiplies the odds of the finding. Infinity when
   * positives are called and no negative is, NaN when nothing is called or a label does not occur.
   */
  readonly positiveLikelihoodRatio: number;
  /**
   * (1 - sensitivity) / specificity: by how much a negative decision multiplies the odds of the finding. Infinity when
   * positives are missed and no negative is left alone, NaN when everything is called or a label does not occur.
   */
  readonly negativeLikelihoodRatio: number;
}

/**
 * Counts right and wrong decisions; a sample counts as positive when its score >= the threshold. Equals scikit-learn's
 * `confusion_matrix`, `precision_score`, `f1_score`, `balanced_accuracy_score`, `matthews_corrcoef` and
 * `class_likelihood_ratios` wherever the value is defined.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped and not counted
 * @param scores higher means more likely positive; one for each label
 * @param threshold in the unit of the scores; -Infinity and Infinity are allowed
 * @param options `weights`: how much each sample counts
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, the threshold is NaN, or a weight is not a finite number from 0
 */
export function confusionAt(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  threshold: number,
  options: WeightOptions = {},
): Confusion {
  if (Number.isNaN(threshold)) {
    throw new ArgumentError("threshold", "is NaN; selectThreshold gives NaN when only one label occurs");
  }
  return decide(knownSample(labels, scores, options), threshold);
}

/** {@link confusionAt} of a sample; everything is NaN for a threshold that is NaN. */
export function decide({ labels, scores, weights }: Sample, threshold: number): Confusion {
  if (Number.isNaN(threshold)) return confusionOf(Number.NaN, Number.NaN, Number.NaN, Number.NaN);
  let truePositives = 0;
  let falsePositives = 0;
  let trueNegatives = 0;
  let falseNegatives = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = weights[i]!;
    const called = scores[i]! >= threshold;
    if (labels[i] === 1) {
      if (called) truePositives += weight;
      else falseNegatives += weight;
    } else if (called) falsePositives += weight;
    else trueNegatives += weight;
  }
  return confusionOf(truePositives, falsePositives, trueNegatives, falseNegatives);
}

/** The shares that follow from the four counts. */
export function confusionOf(
  truePositives: number,
  falsePositives: number,
  trueNegatives: number,
  falseNegatives: number,
): Confusion {
  const positives = truePositives + falseNegatives;
  const negatives = trueNegatives + falsePositives;
  const called = truePositives + falsePositives;
  const spared = trueNegatives + falseNegatives;
  const sensitivity = truePositives / positives;
  const specificity = trueNegatives / negatives;
  return {
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
    sensitivity,
    specificity,
    precision: truePositives / called,
    negativePredictiveValue: trueNegatives / spared,
    f1: (2 * truePositives) / (positives + called),
    accuracy: (truePositives + trueNegatives) / (positives + negatives),
    balancedAccuracy: (sensitivity + specificity) / 2,
    matthewsCorrelation:
      (truePositives * trueNegatives - falsePositives * falseNegatives) /
      (Math.sqrt(positives * called) * Math.sqrt(negatives * spared)),
    positiveLikelihoodRatio: (truePositives * negatives) / (falsePositives * positives),
    negativeLikelihoodRatio: (falseNegatives * negatives) / (trueNegatives * positives),
  };
}
