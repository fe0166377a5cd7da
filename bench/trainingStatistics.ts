/** Figures that stand a noisy machine. */

/** NaN of no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The rise from one value to the next: the median slope of all pairs (Theil and Sen), which outliers do not bend. */
export function slope(values: readonly number[]): number {
  return median(values.flatMap((a, i) => values.slice(i + 1).map((b, k) => (b - a) / (k + 1))));
}
