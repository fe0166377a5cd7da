import { meanSquaredError } from "./brierScore.js";
import { type BinningOptions, binnedError } from "./calibrationError.js";
import { rankMetrics } from "./rankMetrics.js";
import { drawGroups, type Groups } from "./resampling.js";
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

/**
 * {@link classMetrics} of each class in each resample. No resample is sorted: a row's frequency becomes the weight of
 * its place in the ranking of all samples.
 */
export function bootstrapMetrics(
  samples: readonly Sample[],
  groups: Groups,
  binning: BinningOptions,
  resamples: number,
  seed: number | string,
): ClassMetrics<Float64Array>[] {
  const classes = samples.map((sample) => ({
    resampled: { ...sample, weights: new Float64Array(sample.rows.length) },
    groupOf: sample.rows.map((row) => groups.groupOf[row]!),
    values: {
      auc: new Float64Array(resamples),
      averagePrecision: new Float64Array(resamples),
      brier: new Float64Array(resamples),
      calibrationError: new Float64Array(resamples),
    },
  }));
  const frequency = new Int32Array(groups.count);
  let resample = 0;
  for (const drawn of drawGroups(groups.count, resamples, seed)) {
    frequency.fill(0);
    for (const group of drawn) frequency[group]!++;
    for (const { resampled, groupOf, values } of classes) {
      take(frequency, groupOf, resampled.weights);
      const metrics = classMetrics(resampled, binning);
      values.auc[resample] = metrics.auc;
      values.averagePrecision[resample] = metrics.averagePrecision;
      values.brier[resample] = metrics.brier;
      values.calibrationError[resample] = metrics.calibrationError;
    }
    resample++;
  }
  return classes.map(({ values }) => values);
}

function take(values: Int32Array, indices: Int32Array, into: Float64Array): void {
  for (let i = 0; i < indices.length; i++) into[i] = values[indices[i]!]!;
}
