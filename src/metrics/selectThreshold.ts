import { ArgumentError } from "../errors.js";
import { type CutPoints, cutPoints } from "./cutPoints.js";
import { knownSample, ranked } from "./sample.js";

/**
 * What a threshold is chosen for:
 * - "youden": the largest sensitivity + specificity - 1 (Youden, Cancer 1950);
 * - `{ sensitivity: 0.9 }`: the highest specificity among the thresholds with at least that sensitivity;
 * - `{ specificity: 0.9 }`: the highest sensitivity among the thresholds with at least that specificity.
 */
export type ThresholdCriterion =
  | "youden"
  | {
      /** At least this, in [0, 1]. */
      readonly sensitivity: number;
    }
  | {
      /** At least this, in [0, 1]. */
      readonly specificity: number;
    };

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
 * reaches the specificity asked for, the threshold is Infinity: nothing counts as positive.
 *
 * Choose on a validation set: sensitivity and specificity on the samples that a threshold was chosen on are too good.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @param options `criterion`, by default "youden"
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, the criterion is none of these, or a sensitivity or specificity asked for lies outside [0, 1]
 */
export function selectThreshold(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: { readonly criterion?: ThresholdCriterion } = {},
): OperatingPoint {
  const cuts = cutPoints(ranked(knownSample(labels, scores)));
  const { positives, negatives } = cuts;
  const merit = meritOf(options.criterion ?? "youden", cuts);
  if (positives === 0 || negatives === 0) {
    return { threshold: Number.NaN, sensitivity: Number.NaN, specificity: Number.NaN };
  }
  let best: OperatingPoint = { threshold: Number.POSITIVE_INFINITY, sensitivity: 0, specificity: 1 };
  let most = Number.NEGATIVE_INFINITY;
  cuts.thresholds.forEach((threshold, i) => {
    const found = cuts.truePositives[i]!;
    const spared = negatives - cuts.falsePositives[i]!;
    const value = merit(found, spared);
    if (value > most) {
      most = value;
      best = { threshold, sensitivity: found / positives, specificity: spared / negatives };
    }
  });
  return best;
}

/**
 * What is to be made large, from the counts of positives found and negatives spared, so that equal values are equal to
 * the last bit; -Infinity where the criterion is not met.
 */
function meritOf(
  criterion: ThresholdCriterion,
  { positives, negatives }: CutPoints,
): (found: number, spared: number) => number {
  if (criterion === "youden") return (found, spared) => found * negatives + spared * positives;
  const [[name, target] = ["", Number.NaN], ...more] = Object.entries(criterion) as [string, number][];
  if ((name !== "sensitivity" && name !== "specificity") || more.length > 0) {
    throw new ArgumentError(
      "options.criterion",
      `is ${JSON.stringify(criterion)}; expected "youden", { sensitivity } or { specificity }`,
    );
  }
  if (!(target >= 0 && target <= 1)) {
    throw new ArgumentError(`options.criterion.${name}`, `is ${target}; expected a share in [0, 1]`);
  }
  return name === "sensitivity"
    ? (found, spared) => (found / positives >= target ? spared : Number.NEGATIVE_INFINITY)
    : (found, spared) => (spared / negatives >= target ? found : Number.NEGATIVE_INFINITY);
}
