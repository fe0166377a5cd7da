import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { knownSample, ranked, rankedColumns, type Sample } from "./sample.js";

/** How probabilities are put into bins. */
export interface BinningOptions {
  /** How many bins are asked for, a whole number from 1. Default 10. */
  readonly bins?: number;
  /**
   * "equal-width" (the default, as Kull et al. define it): edges k / bins. "equal-mass": the edges are quantiles of
   * the probabilities, interpolated linearly; equal edges are merged, so there may be fewer bins.
   *
   * For a rare finding nearly all probabilities fall into the first equal-width bin, and the error is little more
   * than |mean probability - prevalence|. Look at equal-mass too.
   */
  readonly binning?: "equal-width" | "equal-mass";
}

/** How a calibration error is computed. */
export interface CalibrationOptions extends BinningOptions {
  /**
   * How the bins' gaps |mean label - mean probability| become one number: "l1" (the default), their mean weighted by
   * count; "l2", the root of the weighted mean of their squares; "max", the largest one.
   */
  readonly norm?: "l1" | "l2" | "max";
}

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  /** Lower edge; belongs to the bin. */
  readonly lower: number;
  /** Upper edge; belongs to the next bin, except in the last bin, which holds it. */
  readonly upper: number;
  /** Samples in the bin. */
  readonly count: number;
  /** Mean probability of those samples; NaN in an empty bin. */
  readonly meanProbability: number;
  /** Share of positives among those samples; NaN in an empty bin. */
  readonly meanLabel: number;
}

/** Calibration error of each class. */
export interface ClasswiseCalibrationError {
  /** One value a class, in [0, 1]; NaN for a class without a known label. */
  readonly perClass: readonly number[];
  /** Mean over the classes that have a value; NaN if none has. */
  readonly mean: number;
}

/**
 * Mean probability and share of positives by bin of probability, in ascending order. Bins are left-closed; the last
 * one holds its upper edge too. Equal-width edges are the numbers k / bins: with 10 bins, 0.3 opens the fourth.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param probabilities of the positive label, in [0, 1]; one for each label
 * @returns all bins, empty ones too; without a known label no equal-mass bins
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the probability of a known label lies
 *   outside [0, 1], `bins` is not a whole number from 1, or an option is none of its words
 */
export function reliabilityDiagram(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: BinningOptions = {},
): ReliabilityBin[] {
  return reliabilityBins(ranked(knownSample(labels, probabilities, { argument: "probabilities" })), options);
}

/**
 * Calibration error of one class: how far the share of positives is from the mean predicted probability, bin by bin
 * of {@link reliabilityDiagram}. It is the class-j-ECE of Kull et al., Beyond temperature scaling (NeurIPS 2019), for
 * "l1" and equal-width bins.
 *
 * A constant prediction of the prevalence scores 0, so read it beside AUC and {@link brierScore}. It is biased upwards
 * in small samples.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped and not counted
 * @param probabilities of the positive label, in [0, 1]; one for each label
 * @returns in [0, 1]; NaN without a known label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the probability of a known label lies
 *   outside [0, 1], `bins` is not a whole number from 1, or an option is none of its words
 */
export function calibrationError(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): number {
  return binnedError(ranked(knownSample(labels, probabilities, { argument: "probabilities" })), options);
}

/**
 * Class-wise calibration error: {@link calibrationError} of each class on the samples whose label of that class is
 * known, and their mean (Kull et al., NeurIPS 2019, each class with its own sigmoid).
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN
 * @param probabilities of the same shape, values in [0, 1]
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the probability of a
 *   known label lies outside [0, 1], `bins` is not a whole number from 1, or an option is none of its words
 */
export function classwiseCalibrationError(
  labels: MatrixLike,
  probabilities: MatrixLike,
  options: CalibrationOptions = {},
): ClasswiseCalibrationError {
  const { samples } = rankedColumns(labels, probabilities);
  const perClass = samples.map((sample) => binnedError(sample, options));
  const defined = perClass.filter((error) => !Number.isNaN(error));
  return { perClass, mean: defined.reduce((sum, error) => sum + error, 0) / defined.length };
}

/** {@link calibrationError} of a sample by descending probability. */
export function binnedError(sample: Sample, options: CalibrationOptions): number {
  const filled = reliabilityBins(sample, options).filter((bin) => bin.count > 0);
  if (filled.length === 0) return Number.NaN;
  const total = filled.reduce((sum, bin) => sum + bin.count, 0);
  const gap = (bin: ReliabilityBin) => Math.abs(bin.meanLabel - bin.meanProbability);
  switch (options.norm ?? "l1") {
    case "l1":
      return filled.reduce((sum, bin) => sum + bin.count * gap(bin), 0) / total;
    case "l2":
      return Math.sqrt(filled.reduce((sum, bin) => sum + bin.count * gap(bin) ** 2, 0) / total);
    case "max":
      return Math.max(...filled.map(gap));
    default:
      throw new ArgumentError("options.norm", `is ${options.norm}; expected "l1", "l2" or "max"`);
  }
}

function reliabilityBins(sample: Sample, options: BinningOptions): ReliabilityBin[] {
  const edges = binEdges(sample, options);
  const { scores, labels, weights } = sample;
  const diagram: ReliabilityBin[] = [];
  let i = 0;
  for (let bin = edges.length - 2; bin >= 0; bin--) {
    const lower = edges[bin]!;
    let count = 0;
    let probability = 0;
    let positives = 0;
    for (; i < scores.length && scores[i]! >= lower; i++) {
      const weight = weights[i]!;
      count += weight;
      probability += weight * scores[i]!;
      positives += weight * labels[i]!;
    }
    diagram.push({
      lower,
      upper: edges[bin + 1]!,
      count,
      meanProbability: probability / count,
      meanLabel: positives / count,
    });
  }
  return diagram.reverse();
}

function binEdges(sample: Sample, { bins = 10, binning = "equal-width" }: BinningOptions): Float64Array {
  if (!Number.isInteger(bins) || bins < 1) {
    throw new ArgumentError("options.bins", `is ${bins}; expected a whole number from 1`);
  }
  switch (binning) {
    case "equal-width":
      return Float64Array.from({ length: bins + 1 }, (_, k) => k / bins);
    case "equal-mass":
      return quantileEdges(sample, bins);
    default:
      throw new ArgumentError("options.binning", `is ${binning}; expected "equal-width" or "equal-mass"`);
  }
}

/**
 * The quantiles k / bins of the probabilities, interpolated linearly between ranks as `numpy.quantile` does, each once.
 * A value that stands alone is both edges of its bin.
 */
function quantileEdges(sample: Sample, bins: number): Float64Array {
  let total = 0;
  for (const weight of sample.weights) total += weight;
  if (total === 0) return new Float64Array();
  const positions = Float64Array.from({ length: bins + 1 }, (_, k) => (k * (total - 1)) / bins);
  const below = valuesAtRanks(sample, positions.map(Math.floor));
  const above = valuesAtRanks(sample, positions.map(Math.ceil));
  const edges = positions.map((position, k) => below[k]! + (position % 1) * (above[k]! - below[k]!));
  const distinct = edges.filter((edge, k) => edge !== edges[k - 1]);
  return distinct.length === 1 ? Float64Array.of(distinct[0]!, distinct[0]!) : distinct;
}

/** The values at ascending ranks, from 0, of the samples in ascending order. */
function valuesAtRanks({ scores, weights }: Sample, ranks: Float64Array): Float64Array {
  let i = scores.length;
  let passed = 0;
  return ranks.map((rank) => {
    while (passed <= rank) passed += weights[--i]!;
    return scores[i]!;
  });
}
