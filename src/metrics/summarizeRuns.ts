import type { LevelOptions } from "./delong.js";
import { type MeanOverRuns, meanOverRuns } from "./meanOverRuns.js";
import { checkLevel } from "./resampling.js";
import { studentQuantile } from "./studentQuantile.js";

/** A figure over the runs of an experiment. */
export interface RunSummary extends MeanOverRuns {
  /** One value a run, in order; NaN where it is undefined. */
  readonly values: readonly number[];
  /** How many runs there are. */
  readonly n: number;
  /** How many of the values are NaN. */
  readonly undefined: number;
  /** Lower end of the interval of the mean; NaN where the standard deviation is. */
  readonly lower: number;
  /** Upper end of the interval of the mean; NaN where the standard deviation is. */
  readonly upper: number;
}

/**
 * Mean, sample standard deviation (divisor n - 1) and raw values of the runs of an experiment, such as one a seed, with the
 * interval of the mean by Student's distribution with n - 1 degrees of freedom: mean -+ t standardDeviation / sqrt(n). It
 * speaks of other seeds on the same samples, not of other patients, and takes the runs as independent and normal; the folds of
 * a cross-validation are not independent.
 *
 * One undefined run leaves the mean undefined, since the mean of the others would be one over different conditions: read
 * `values`.
 *
 * @param values one a run; NaN for undefined
 * @throws ArgumentError when the level is outside (0, 1)
 */
export function summarizeRuns(values: ArrayLike<number>, options: LevelOptions = {}): RunSummary {
  const { level = 0.95 } = options;
  checkLevel(level);
  const raw = Array.from(values);
  const over = meanOverRuns(raw);
  const margin = (studentQuantile(level, raw.length - 1) * over.standardDeviation) / Math.sqrt(raw.length);
  return {
    ...over,
    values: raw,
    n: raw.length,
    undefined: raw.filter(Number.isNaN).length,
    lower: over.mean - margin,
    upper: over.mean + margin,
  };
}
