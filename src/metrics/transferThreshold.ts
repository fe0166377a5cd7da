import { ArgumentError } from "../errors.js";
import { type Confusion, decide } from "./confusionAt.js";
import { cutPoints } from "./cutPoints.js";
import type { LevelOptions } from "./delong.js";
import { knownSample, ranked, type Sample, type WeightOptions } from "./sample.js";
import { chooseThreshold } from "./selectThreshold.js";
import type { ThresholdCriterion } from "./thresholdCriterion.js";
import { type ShareInterval, wilsonInterval } from "./wilsonInterval.js";

/** The samples of one class. */
export interface ScoredSamples extends WeightOptions {
  /** 1, 0, or NaN for unknown; samples with an unknown label are skipped and counted. */
  readonly labels: ArrayLike<number>;
  /** Higher means more likely positive; one for each label. */
  readonly scores: ArrayLike<number>;
  /** What the samples are called, such as image ids; they tell whether two sets share samples. One for each label. */
  readonly ids?: ArrayLike<string | number>;
}

/** How {@link transferThreshold} chooses and how sure its intervals are to be. */
export interface TransferThresholdOptions extends LevelOptions {
  /** What the threshold is chosen for; "youden" by default. */
  readonly criterion?: ThresholdCriterion;
}

/** What a threshold does to a set of samples. */
export interface ThresholdOutcome extends Confusion {
  /** Samples with an unknown label; they are in none of the counts. */
  readonly unknown: number;
  /** Wilson's interval of the sensitivity, for independent samples; NaN where weights are given. */
  readonly sensitivityInterval: ShareInterval;
  /** Wilson's interval of the specificity, for independent samples; NaN where weights are given. */
  readonly specificityInterval: ShareInterval;
}

/**
 * "same-samples": the threshold was chosen on the very samples that it was applied to. "shared-samples": some samples are
 * in both sets. Either way what it does there is flattered.
 */
export type SameSamplesWarning = "same-samples" | "shared-samples";

/** A threshold, what it did where it was chosen, and what it does elsewhere. */
export interface ThresholdTransfer {
  /** Samples with a score >= this count as positive; NaN when only one label occurs where it was chosen. */
  readonly threshold: number;
  /** On the samples it was chosen on: too good to be reported as the classifier's. */
  readonly chosenOn: ThresholdOutcome;
  /** On the other samples: what to report. */
  readonly appliedTo: ThresholdOutcome;
  /** Undefined where the two sets are apart, as far as can be seen. */
  readonly warning: SameSamplesWarning | undefined;
}

/**
 * Chooses a threshold on one set, as {@link selectThreshold}, and applies it to another.
 *
 * Whether the sets share samples is judged by their ids where both have them, otherwise by their contents: sets whose known
 * labels and scores are the same, in any order, count as the same samples. Without ids an overlap in part goes unseen.
 *
 * ```ts
 * const { threshold, appliedTo, warning } = transferThreshold(validation, test, { criterion: { sensitivity: 0.95 } });
 * ```
 *
 * @param chooseOn such as the validation set
 * @param applyTo such as the test set
 * @returns everything is NaN, besides `unknown`, when only one label occurs in the set to choose on
 * @throws ArgumentError when the lengths of a set differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, a weight is not a finite number from 0, the criterion is none that `selectThreshold` knows, or the level is
 *   outside (0, 1)
 */
export function transferThreshold(
  chooseOn: ScoredSamples,
  applyTo: ScoredSamples,
  options: TransferThresholdOptions = {},
): ThresholdTransfer {
  const chosen = sampleOf(chooseOn, "chooseOn");
  const applied = sampleOf(applyTo, "applyTo");
  const { threshold } = chooseThreshold(chosen, options.criterion);
  return {
    threshold,
    chosenOn: outcomeOf(chooseOn, chosen, threshold, options),
    appliedTo: outcomeOf(applyTo, applied, threshold, options),
    warning: warningOf(chooseOn, applyTo),
  };
}

function sampleOf({ labels, scores, ids, weights }: ScoredSamples, argument: string): Sample {
  if (ids !== undefined && ids.length !== labels.length) {
    throw new ArgumentError(`${argument}.ids`, `has ${ids.length} values for ${labels.length} labels`);
  }
  return ranked(knownSample(labels, scores, { place: `${argument}, `, ...(weights && { weights }) }));
}

function outcomeOf(
  { labels, weights }: ScoredSamples,
  sample: Sample,
  threshold: number,
  options: LevelOptions,
): ThresholdOutcome {
  const confusion = decide(sample, threshold);
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = confusion;
  const interval = (right: number, wrong: number) =>
    wilsonInterval(right, weights === undefined ? right + wrong : Number.NaN, options);
  return {
    ...confusion,
    unknown: Array.from(labels).filter((label, row) => Number.isNaN(label) && weights?.[row] !== 0).length,
    sensitivityInterval: interval(truePositives, falseNegatives),
    specificityInterval: interval(trueNegatives, falsePositives),
  };
}

function warningOf(a: ScoredSamples, b: ScoredSamples): SameSamplesWarning | undefined {
  if (a.ids !== undefined && b.ids !== undefined) {
    const [first, second] = [new Set(Array.from(a.ids, String)), new Set(Array.from(b.ids, String))];
    const shared = [...first].filter((id) => second.has(id)).length;
    if (shared === 0) return undefined;
    return shared === first.size && shared === second.size ? "same-samples" : "shared-samples";
  }
  return sameContents(a, b) ? "same-samples" : undefined;
}

/** Whether the known labels and their scores are the same, in any order and whatever their weights; not for none. */
function sameContents(a: ScoredSamples, b: ScoredSamples): boolean {
  const [first, second] = [a, b].map(({ labels, scores }) => cutPoints(ranked(knownSample(labels, scores))));
  const equal = (key: "thresholds" | "truePositives" | "falsePositives") =>
    first![key].length === second![key].length && first![key].every((value, i) => value === second![key][i]);
  return (
    first!.thresholds.length > 0 && equal("thresholds") && equal("truePositives") && equal("falsePositives")
  );
}
