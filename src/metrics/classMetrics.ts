import { meanSquaredError } from "./brierScore.js";
import { type BinningOptions, binnedError } from "./calibrationError.js";
import { rankMetrics } from "./rankMetrics.js";
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
  const classes = samples.map((sample) => ({
    sample,
    ranks: resampledRanks(sample, groups),
    resampled: { ...sample, weights: new Float64Array(sample.rows.length) },
    groupOf: sample.rows.map((row) => groups.groupOf[row]!),
    values: {
      auc: new Float64Array(resamples).fill(Number.NaN),
      averagePrecision: new Float64Array(resamples).fill(Number.NaN),
      brier: new Float64Array(resamples).fill(Number.NaN),
      calibrationError: new Float64Array(resamples).fill(Number.NaN),
    },
  }));
  const ranked = metrics.has("auc") || metrics.has("averagePrecision");
  const valued = metrics.has("brier") || metrics.has("calibrationError");
  const into = { auc: Number.NaN, averagePrecision: Number.NaN };
  let resample = 0;
  for (const frequency of drawFrequencies(groups.count, resamples, seed, strata)) {
    for (const { sample, ranks, resampled, groupOf, values } of classes) {
      if (ranked) {
        ranks(frequency, into);
        values.auc[resample] = into.auc;
        values.averagePrecision[resample] = into.averagePrecision;
      }
      if (!valued) continue;
      multiply(sample.weights, frequency, groupOf, resampled.weights);
      if (metrics.has("brier")) values.brier[resample] = meanSquaredError(resampled);
      if (metrics.has("calibrationError"))
        values.calibrationError[resample] = binnedError(resampled, binning);
    }
    resample++;
  }
  return classes.map(({ values }) => values);
}

function multiply(
  weights: Float64Array,
  frequency: Int32Array,
  groupOf: Int32Array,
  into: Float64Array,
): void {
  for (let i = 0; i < groupOf.length; i++) into[i] = weights[i]! * frequency[groupOf[i]!]!;
}
