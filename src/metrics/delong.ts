import { cutPoints } from "./cutPoints.js";
import { normalQuantile, normalUpperTail } from "./normal.js";
import { rankMetrics } from "./rankMetrics.js";
import { checkLevel } from "./resampling.js";
import { knownSample, ranked, type Sample } from "./sample.js";

/** How sure an interval is to be. */
export interface LevelOptions {
  /** Confidence level in (0, 1). Default 0.95. */
  readonly level?: number;
}

/** An area under the ROC curve with its interval. */
export interface DelongInterval {
  /** Area under the ROC curve; NaN unless both labels occur. */
  readonly auc: number;
  /** Lower end; NaN when the standard error is. */
  readonly lower: number;
  /** Upper end; NaN when the standard error is. */
  readonly upper: number;
  /** NaN unless each label occurs at least twice. */
  readonly standardError: number;
}

/** Two areas under the ROC curve on the same samples, compared. */
export interface DelongTest {
  /** Area under the ROC curve of the first scores; NaN unless both labels occur. */
  readonly aucA: number;
  /** Area under the ROC curve of the second scores; NaN unless both labels occur. */
  readonly aucB: number;
  /** `aucA - aucB`. */
  readonly difference: number;
  /** Lower end of the interval of the difference, not below -1. */
  readonly lower: number;
  /** Upper end of the interval of the difference, not above 1. */
  readonly upper: number;
  /** Of the difference; NaN unless each label occurs at least twice. */
  readonly standardError: number;
  /** `difference / standardError`; NaN when both are 0, as for scores of the same ranks. */
  readonly z: number;
  /** Two-sided probability of so large a z if both areas were equal; NaN when z is. */
  readonly pValue: number;
}

/**
 * Area under the ROC curve with DeLong's standard error and the interval auc -+ z standardError (DeLong, DeLong and
 * Clarke-Pearson, Biometrics 1988).
 *
 * Ends beyond 0 or 1 are cut to 0 or 1, so the interval need not be symmetric near them. Perfect separation has
 * standard error 0 and an interval without width, which says nothing about its uncertainty. The samples have to be
 * independent: with several images of a patient use {@link bootstrapInterval}.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, or the level is outside (0, 1)
 */
export function delongInterval(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: LevelOptions = {},
): DelongInterval {
  return delongOf(ranked(knownSample(labels, scores)), options);
}

/** {@link delongInterval} of a sample by descending score. */
export function delongOf(sample: Sample, options: LevelOptions): DelongInterval {
  const { auc } = rankMetrics(sample);
  const standardError = standardErrorOf(sample.labels, placements(sample));
  const margin = marginOf(standardError, options);
  return { auc, lower: Math.max(auc - margin, 0), upper: Math.min(auc + margin, 1), standardError };
}

/**
 * DeLong's paired test of two areas under the ROC curve on the same independent samples, with the interval of their
 * difference.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scoresA of one model; one for each label
 * @param scoresB of another model on the same samples, in any unit; one for each label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, or the level is outside (0, 1)
 */
export function delongTest(
  labels: ArrayLike<number>,
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
  options: LevelOptions = {},
): DelongTest {
  const a = byRow(labels, scoresA, "scoresA");
  const b = byRow(labels, scoresB, "scoresB");
  const difference = a.auc - b.auc;
  const standardError = standardErrorOf(
    labels,
    a.placements.map((placement, row) => placement - b.placements[row]!),
  );
  const margin = marginOf(standardError, options);
  const z = difference / standardError;
  return {
    aucA: a.auc,
    aucB: b.auc,
    difference,
    lower: Math.max(difference - margin, -1),
    upper: Math.min(difference + margin, 1),
    standardError,
    z,
    pValue: 2 * normalUpperTail(Math.abs(z)),
  };
}

function byRow(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  argument: "scoresA" | "scoresB",
): { readonly auc: number; readonly placements: Float64Array } {
  const sample = ranked(knownSample(labels, scores, { argument }));
  const inRows = new Float64Array(labels.length);
  placements(sample).forEach((placement, i) => {
    inRows[sample.rows[i]!] = placement;
  });
  return { auc: rankMetrics(sample).auc, placements: inRows };
}

/**
 * Of each positive the share of negatives below it, of each negative the share of positives above it, equal scores
 * counting one half: DeLong's structural components.
 */
function placements(sample: Sample): Float64Array {
  const cuts = cutPoints(sample);
  let cut = 0;
  return sample.scores.map((score, i) => {
    if (score !== cuts.thresholds[cut]) cut++;
    return sample.labels[i] === 1
      ? 1 - middle(cuts.falsePositives, cut) / cuts.negatives
      : middle(cuts.truePositives, cut) / cuts.positives;
  });
}

function middle(counts: Float64Array, cut: number): number {
  return ((counts[cut - 1] ?? 0) + counts[cut]!) / 2;
}

/** Of an area, or a difference of areas, from the spread of its placements within each label. */
function standardErrorOf(labels: ArrayLike<number>, values: Float64Array): number {
  const of = (label: 0 | 1) => varianceOfMean(values.filter((_, i) => labels[i] === label));
  return Math.sqrt(of(0) + of(1));
}

function varianceOfMean(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return squares / (values.length - 1) / values.length;
}

function marginOf(standardError: number, { level = 0.95 }: LevelOptions): number {
  checkLevel(level);
  return normalQuantile((1 + level) / 2) * standardError;
}
