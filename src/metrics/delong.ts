import { ArgumentError } from "../errors.js";
import { cutPoints } from "./cutPoints.js";
import { normalQuantile, normalUpperTail } from "./normal.js";
import { rankMetrics } from "./rankMetrics.js";
import { checkCount, checkLevel, groupRows } from "./resampling.js";
import { knownSample, ranked, type Sample } from "./sample.js";

/** How sure an interval is to be. */
export interface LevelOptions {
  /** Confidence level in (0, 1). Default 0.95. */
  readonly level?: number;
}

/** Whose the samples are, for DeLong's standard errors. */
export interface ClusterOptions {
  /**
   * The patient of each row, compared as text. The standard error is then Obuchowski's for clustered samples (Nonparametric
   * analysis of clustered ROC curve data, Biometrics 1997), which holds when patients are independent, whatever the images of
   * one have in common; a patient may have both labels. It equals DeLong's when each patient has one known row, and is too
   * small for few patients. By default all rows are independent.
   */
  readonly groups?: ArrayLike<string | number>;
}

/** How {@link delongInterval} is made. */
export interface DelongOptions extends LevelOptions, ClusterOptions {
  /**
   * "normal" (the default): auc -+ z standardError, cut to [0, 1]. "logit": the same on the logit scale, with the standard
   * error divided by auc (1 - auc), and back (compared by Qin and Hotilovac, Stat. Methods Med. Res. 2008): never leaves
   * [0, 1] and is not symmetric. It is NaN for an area of 0 or 1.
   */
  readonly method?: "normal" | "logit";
}

/** How {@link delongTest} is made. */
export interface DelongTestOptions extends LevelOptions, ClusterOptions {}

/** An area under the ROC curve with its interval. */
export interface DelongInterval {
  /** Area under the ROC curve; NaN unless both labels occur. */
  readonly auc: number;
  /** Lower end; NaN when the standard error is, and on the logit scale for an area of 0 or 1. */
  readonly lower: number;
  /** Upper end; NaN when the lower end is. */
  readonly upper: number;
  /** NaN unless each label occurs at least twice; with groups, in at least two of them. */
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
  /** Of the difference; NaN unless each label occurs at least twice; with groups, in at least two of them. */
  readonly standardError: number;
  /**
   * `difference / standardError`; NaN when both are 0, as for scores of the same ranks. Infinite when only the standard error
   * is 0, as for areas of 1 and 0: such a z, and its p of 0, say nothing about the uncertainty.
   */
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
 * independent: with several images of a patient give `groups`, or use {@link bootstrapInterval}.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scores higher means more likely positive; one for each label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, the level is outside (0, 1), the method is unknown, or `groups` has another length or an empty id
 */
export function delongInterval(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: DelongOptions = {},
): DelongInterval {
  checkCount("options.groups", options.groups, labels.length);
  return delongOf(ranked(knownSample(labels, scores)), options);
}

/** {@link delongInterval} of a sample by descending score. */
export function delongOf(sample: Sample, options: DelongOptions): DelongInterval {
  const { method = "normal", groups } = options;
  if (method !== "normal" && method !== "logit") {
    throw new ArgumentError("options.method", `is ${method}; expected "normal" or "logit"`);
  }
  const { auc } = rankMetrics(sample);
  const groupOf = groups && groupRows(groups).groupOf;
  const standardError = standardErrorOf(
    sample.labels,
    placements(sample),
    groupOf && sample.rows.map((row) => groupOf[row]!),
  );
  const margin = marginOf(standardError, options);
  if (method === "logit") {
    const [center, reach] = [Math.log(auc / (1 - auc)), margin / (auc * (1 - auc))];
    return { auc, lower: expit(center - reach), upper: expit(center + reach), standardError };
  }
  return { auc, lower: Math.max(auc - margin, 0), upper: Math.min(auc + margin, 1), standardError };
}

function expit(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/**
 * DeLong's paired test of two areas under the ROC curve on the same independent samples, with the interval of their
 * difference. With several images of a patient give `groups`; `bootstrapDifference` compares any other statistic.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param scoresA of one model; one for each label
 * @param scoresB of another model on the same samples, in any unit; one for each label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not
 *   finite, the level is outside (0, 1), or `groups` has another length or an empty id
 */
export function delongTest(
  labels: ArrayLike<number>,
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
  options: DelongTestOptions = {},
): DelongTest {
  checkCount("options.groups", options.groups, labels.length);
  const a = byRow(labels, scoresA, "scoresA");
  const b = byRow(labels, scoresB, "scoresB");
  const difference = a.auc - b.auc;
  const standardError = standardErrorOf(
    labels,
    a.placements.map((placement, row) => placement - b.placements[row]!),
    options.groups && groupRows(options.groups).groupOf,
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

/**
 * Of an area, or a difference of areas, from the spread of its placements within each label: over samples, or over the sums
 * of groups.
 */
function standardErrorOf(labels: ArrayLike<number>, values: Float64Array, groupOf?: Int32Array): number {
  if (groupOf !== undefined) return clusteredError(labels, values, groupOf);
  const of = (label: 0 | 1) => varianceOfMean(values.filter((_, i) => labels[i] === label));
  return Math.sqrt(of(0) + of(1));
}

/** Obuchowski's equations for S10, S01 and S11, each divided by its counts of samples. */
function clusteredError(labels: ArrayLike<number>, values: Float64Array, groupOf: Int32Array): number {
  const totals = [0, 0];
  const counts = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const label = labels[i]!;
    if (Number.isNaN(label)) continue;
    totals[label]! += values[i]!;
    counts[label]!++;
  }
  const deviations = new Map<number, [number | undefined, number | undefined]>();
  for (let i = 0; i < values.length; i++) {
    const label = labels[i]!;
    if (Number.isNaN(label)) continue;
    const own = deviations.get(groupOf[i]!) ?? [undefined, undefined];
    const deviation = (values[i]! - totals[label]! / counts[label]!) / counts[label]!;
    own[label] = (own[label] ?? 0) + deviation;
    deviations.set(groupOf[i]!, own);
  }
  let [sum00, sum11, sum01, with0, with1] = [0, 0, 0, 0, 0];
  for (const [zero, one] of deviations.values()) {
    if (zero !== undefined) with0++;
    if (one !== undefined) with1++;
    sum00 += (zero ?? 0) ** 2;
    sum11 += (one ?? 0) ** 2;
    sum01 += (zero ?? 0) * (one ?? 0);
  }
  const corrected = (sum: number, groups: number) =>
    groups < 2 ? Number.NaN : (sum * groups) / (groups - 1);
  const variance = corrected(sum00, with0) + corrected(sum11, with1) + 2 * corrected(sum01, deviations.size);
  return Math.sqrt(Math.max(variance, 0));
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
