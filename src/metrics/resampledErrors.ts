import { meanSquaredError } from "./brierScore.js";
import { type BinningOptions, binnedError } from "./calibrationError.js";
import { reliabilityBins } from "./reliabilityBins.js";
import type { Groups } from "./resampling.js";
import type { Sample } from "./sample.js";

/** What {@link resampledErrors} writes. */
export interface ErrorValues {
  /** Brier score; NaN when no row is drawn. */
  brier: number;
  /** Calibration error, "l1"; NaN when no row is drawn. */
  calibrationError: number;
}

/**
 * `meanSquaredError` and `binnedError` as a function of how often each group counts, equal to the last bit. Bins of equal
 * width stay where they are, so that one pass over the ranking gives both and nothing is allocated.
 *
 * @param sample by descending probability; its weights are multiplied by the frequencies
 */
export function resampledErrors(
  sample: Sample,
  groups: Groups,
  binning: BinningOptions,
): (frequency: Int32Array, into: ErrorValues) => void {
  const { rows, labels, scores, weights } = sample;
  const groupAt = rows.map((row) => groups.groupOf[row]!);
  if (binning.binning === "equal-mass") {
    const resampled = { ...sample, weights: new Float64Array(rows.length) };
    return (frequency, into) => {
      for (let i = 0; i < groupAt.length; i++) resampled.weights[i] = weights[i]! * frequency[groupAt[i]!]!;
      into.brier = meanSquaredError(resampled);
      into.calibrationError = binnedError(resampled, binning);
    };
  }
  const each = { ...sample, weights: new Float64Array(rows.length).fill(1) };
  const sizes = Int32Array.from(reliabilityBins(each, binning), ({ count }) => count);
  const gaps = new Float64Array(sizes.length);
  return (frequency, into) => {
    let squares = 0;
    let total = 0;
    let i = 0;
    for (let bin = sizes.length - 1; bin >= 0; bin--) {
      let count = 0;
      let probability = 0;
      let positives = 0;
      for (const end = i + sizes[bin]!; i < end; i++) {
        const weight = weights[i]! * frequency[groupAt[i]!]!;
        const error = scores[i]! - labels[i]!;
        squares += weight * error * error;
        total += weight;
        count += weight;
        probability += weight * scores[i]!;
        positives += weight * labels[i]!;
      }
      gaps[bin] = count > 0 ? count * Math.abs(positives / count - probability / count) : 0;
    }
    let sum = 0;
    for (let bin = 0; bin < gaps.length; bin++) sum += gaps[bin]!;
    into.brier = squares / total;
    into.calibrationError = sum / total;
  };
}
