import { cutPoints } from "./cutPoints.js";
import { knownSample, ranked, type Sample, type WeightOptions } from "./sample.js";
import { meritOf, type ThresholdCriterion } from "./thresholdCriterion.js";

/** How {@link selectThreshold} chooses. */
export interface SelectThresholdOptions extends WeightOptions {
  /** What the threshold is chosen for; "youden" by default. */
  readonly criterion?: ThresholdCriterion;
}

/** A threshold and what it does on the samples it was chosen on. */
export interface OperatingPoint {
  /** Samples with a score >= this count as positive; NaN when only one label occurs. */
  readonly threshold: number;
  /** Share of the positives that are found; NaN when only one label occurs. */
  readonly sensitivity: number;
  /** Share of the negatives that are left alone; NaN when only one label occurs. */
  readonly specificity: number;
}

/**
 * Chooses a decision threshold among the distinct scores. Among equally good ones the highest wins. Where no score
 * reaches the specificity or precision asked for, the threshold is Infinity: nothing counts as positive.
 *
 * Thresholds are compared by counts, so that equal merits are equal to the last bit. Weights, costs or a beta that are
 * not whole make sums that are rounded: merits that differ by less than 1e-12 of the largest possible then count as equal.
 *
 * Choose on a validation set: sensitivity and specificity on the samples that a threshold was chosen on are too good.
 * {@link transferThreshold} takes both sets and tells them apart.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @param options `criterion`, by default "youden"; `weights`: how much each sample counts
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, the criterion is none of these, its number lies outside its range, or a weight is not a finite number from 0
 */
export function selectThreshold(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: SelectThresholdOptions = {},
): OperatingPoint {
  return chooseThreshold(ranked(knownSample(labels, scores, options)), options.criterion);
}

/** {@link selectThreshold} of a sample by descending score. */
export function chooseThreshold(sample: Sample, criterion: ThresholdCriterion = "youden"): OperatingPoint {
  const cuts = cutPoints(sample);
  const { positives, negatives } = cuts;
  const merit = meritOf(criterion, cuts, sample.weights.every(Number.isInteger));
  if (positives === 0 || negatives === 0) {
    return { threshold: Number.NaN, sensitivity: Number.NaN, specificity: Number.NaN };
  }
  let best = -1;
  let most = merit.ofNothing;
  for (let i = 0; i < cuts.thresholds.length; i++) {
    const value = merit.of(cuts.truePositives[i]!, cuts.falsePositives[i]!);
    if (value > most + merit.slack) {
      most = value;
      best = i;
    }
  }
  return {
    threshold: cuts.thresholds[best] ?? Number.POSITIVE_INFINITY,
    sensitivity: (cuts.truePositives[best] ?? 0) / positives,
    specificity: (negatives - (cuts.falsePositives[best] ?? 0)) / negatives,
  };
}
