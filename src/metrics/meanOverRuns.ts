/** Mean of some numbers and their sample standard deviation. */
export interface MeanOverRuns {
  /** NaN where one of the numbers is, or there is none. */
  readonly mean: number;
  /** Divisor n - 1; NaN where one of the numbers is, or there are fewer than two. */
  readonly standardDeviation: number;
}

/** Mean and sample standard deviation, as `statistics.mean` and `statistics.stdev` of Python. */
export function meanOverRuns(values: readonly number[]): MeanOverRuns {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // Of equal values the mean is rounded, and what is left of their squares would pass for a deviation.
  const equal = values.every((value) => value === values[0]);
  const squares = values.reduce((sum, value) => sum + (equal ? 0 : (value - mean) ** 2), 0);
  return {
    mean: equal ? (values[0] ?? Number.NaN) : mean,
    standardDeviation: values.length < 2 ? Number.NaN : Math.sqrt(squares / (values.length - 1)),
  };
}
