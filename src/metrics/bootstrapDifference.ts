import { type BootstrapInterval, type BootstrapOptions, bootstrapInterval } from "./bootstrapInterval.js";

/** A statistic of two classifiers, or of two parts of the rows, compared. */
export interface BootstrapDifference extends BootstrapInterval {
  /** The first statistic of all rows. */
  readonly estimateA: number;
  /** The second statistic of all rows; `estimate` is the first minus the second. */
  readonly estimateB: number;
  /** Standard deviation of the difference over the resamples that have one; NaN for fewer than two. */
  readonly standardError: number;
  /**
   * Two-sided, whatever the `method`: twice the smaller of the shares of resamples with a difference <= 0 and >= 0, at most 1. One resample is added
   * to both, so that it is never 0 (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 4.2); NaN
   * without a defined resample.
   */
  readonly pValue: number;
}

/**
 * The difference of two statistics on the same rows, with its bootstrap interval: each resample of patients gives both, so
 * that what they share falls out. For classifiers on several images of a patient, where McNemar's and DeLong's tests would
 * take the images as independent.
 *
 * ```ts
 * const { estimate, lower, upper } = bootstrapDifference(
 *   (rows) => averagePrecision(Array.from(rows, (row) => labels[row]), Array.from(rows, (row) => scoresA[row])),
 *   (rows) => averagePrecision(Array.from(rows, (row) => labels[row]), Array.from(rows, (row) => scoresB[row])),
 *   { groups: studies.map((study) => study.patientId), seed: 7 },
 * );
 * ```
 *
 * @param statisticA gets row indices with repetitions; NaN means undefined, and then the difference is
 * @param statisticB gets the same row indices
 * @throws ArgumentError as `bootstrapInterval`
 */
export function bootstrapDifference(
  statisticA: (rows: Int32Array) => number,
  statisticB: (rows: Int32Array) => number,
  options: BootstrapOptions,
): BootstrapDifference {
  const whole: [a: number, b: number][] = [];
  const differences: number[] = [];
  const interval = bootstrapInterval((rows) => {
    const [a, b] = [statisticA(rows), statisticB(rows)];
    if (whole.length === 0) whole.push([a, b]);
    else if (differences.length < (options.resamples ?? 1000)) differences.push(a - b);
    return a - b;
  }, options);
  return {
    ...interval,
    estimateA: whole[0]![0],
    estimateB: whole[0]![1],
    ...spreadOf(differences.filter((value) => !Number.isNaN(value))),
  };
}

function spreadOf(values: readonly number[]): Pick<BootstrapDifference, "standardError" | "pValue"> {
  const { length } = values;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const below = values.filter((value) => value <= 0).length;
  const above = values.filter((value) => value >= 0).length;
  return {
    standardError: length < 2 ? Number.NaN : Math.sqrt(squares / (length - 1)),
    pValue: length === 0 ? Number.NaN : Math.min(1, (2 * (1 + Math.min(below, above))) / (1 + length)),
  };
}
