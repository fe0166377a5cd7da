import { ArgumentError } from "../errors.js";
import { knownSample, type Sample } from "./sample.js";

/** What a threshold does to the samples of one class. */
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
}

/**
 * Counts right and wrong decisions; a sample counts as positive when its score >= the threshold.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped and not counted
 * @param scores higher means more likely positive; one for each label
 * @param threshold in the unit of the scores; -Infinity and Infinity are allowed
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, or the threshold is NaN
 */
export function confusionAt(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  threshold: number,
): Confusion {
  if (Number.isNaN(threshold)) {
    throw new ArgumentError("threshold", "is NaN; selectThreshold gives NaN when only one label occurs");
  }
  return decide(knownSample(labels, scores), threshold);
}

/** {@link confusionAt} of a sample. */
export function decide({ labels, scores }: Sample, threshold: number): Confusion {
  let truePositives = 0;
  let falsePositives = 0;
  let positives = 0;
  for (let i = 0; i < scores.length; i++) {
    const called = scores[i]! >= threshold ? 1 : 0;
    truePositives += called * labels[i]!;
    falsePositives += called * (1 - labels[i]!);
    positives += labels[i]!;
  }
  const negatives = scores.length - positives;
  const trueNegatives = negatives - falsePositives;
  const falseNegatives = positives - truePositives;
  return {
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
    sensitivity: truePositives / positives,
    specificity: trueNegatives / negatives,
    precision: truePositives / (truePositives + falsePositives),
    negativePredictiveValue: trueNegatives / (trueNegatives + falseNegatives),
  };
}
