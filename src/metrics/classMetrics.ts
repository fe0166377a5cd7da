import { meanSquaredError } from "./brierScore.js";
import { type BinningOptions, binnedError } from "./calibrationError.js";
import { rankMetrics } from "./rankMetrics.js";
import { resampledErrors } from "./resampledErrors.js";
import { resampledRanks } from "./resampledRanks.js";
import { drawFrequencies, type Groups } from "./resampling.js";
import type { Sample } from "./sample.js";

/** One value, or one a resample, for each metric of a class. */
export interface ClassMetrics<Value> {
  /** Area under the ROC curve. */
  readonly auc: Value;
  /** Average precision. */
  readonly averagePrecision: Value;
  /** Brier score. */
  readonly brier: Value;
  /** Calibration error, "l1". */
  readonly calibrationError: Value;
}

/**
 * The metrics of one class.
 *
 * @param sample by descending probability
 */
export function classMetrics(sample: Sample, binning: BinningOptions): ClassMetrics<number> {
  return {
    ...rankMetrics(sample),
    brier: meanSquaredError(sample),
    calibrationError: binnedError(sample, binning),
  };
}

/** The names of {@link ClassMetrics}. */
export const metricNames = ["auc", "averagePrecision", "brier", "calibrationError"] as const;

/** What {@link bootstrapMetrics} draws, and what it computes. */
export interface MetricResampling {
  readonly binning: BinningOptions;
  readonly resamples: number;
  readonly seed: number | string;
  /** What is computed; the rest is NaN. */
  readonly metrics: ReadonlySet<keyof ClassMetrics<unknown>>;
  /** The groups of each stratum; by default all are in one. */
  readonly strata?: readonly Int32Array[] | undefined;
}

/**
 * {@link classMetrics} of each class in each resample. No resample is sorted: a row's frequency becomes the weight of
 * its place in the ranking of all samples.
 */
export function bootstrapMetrics(
  samples: readonly Sample[],
  groups: Groups,
  { binning, resamples, seed, metrics, strata }: MetricResampling,
): ClassMetrics<Float64Array>[] {
  const asked = metricNames.filter((name) => metrics.has(name));
  const ranked = metrics.has("auc") || metrics.has("averagePrecision");
  const valued = metrics.has("brier") || metrics.has("calibrationError");
  const classes = samples.map((sample) => ({
    ranks: ranked ? resampledRanks(sample, groups) : undefined,
    errors: valued ? resampledErrors(sample, groups, binning) : undefined,
    // One patient drawn again and again would pass for certainty.
    drawable: sample.rows.some((row) => groups.groupOf[row] !== groups.groupOf[sample.rows[0]!]),
    values: {
      auc: new Float64Array(resamples).fill(Number.NaN),
      averagePrecision: new Float64Array(resamples).fill(Number.NaN),
      brier: new Float64Array(resamples).fill(Number.NaN),
      calibrationError: new Float64Array(resamples).fill(Number.NaN),
    },
  }));
  const into = {
    auc: Number.NaN,
    averagePrecision: Number.NaN,
    brier: Number.NaN,
    calibrationError: Number.NaN,
  };
  let resample = 0;
  for (const frequency of drawFrequencies(groups.count, resamples, seed, strata)) {
    for (const { ranks, errors, drawable, values } of classes) {
      if (!drawable) continue;
      ranks?.(frequency, into);
      errors?.(frequency, into);
      for (const name of asked) values[name][resample] = into[name];
    }
    resample++;
  }
  return classes.map(({ values }) => values);
}

/**
 * The mean of a metric over the classes that have it, and in each resample over the same classes: NaN where one of them is
 * undefined there.
 */
export function meanOfClasses(
  estimates: readonly number[],
  drawn: readonly Float64Array[],
  resamples: number,
): { readonly estimate: number; readonly values: Float64Array } {
  const defined = estimates.flatMap((estimate, c) => (Number.isNaN(estimate) ? [] : [c]));
  const mean = (of: (c: number) => number) => defined.reduce((sum, c) => sum + of(c), 0) / defined.length;
  return {
    estimate: mean((c) => estimates[c]!),
    values: Float64Array.from({ length: resamples }, (_, r) => mean((c) => drawn[c]![r]!)),
  };
}
