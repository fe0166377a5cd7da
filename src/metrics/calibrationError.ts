import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { normalUpperTail } from "./normal.js";
import { type BinningOptions, type ReliabilityBin, reliabilityBins, wholeTotal } from "./reliabilityBins.js";
import { knownColumns, knownSample, type Sample, type WeightOptions } from "./sample.js";

export type { BinningOptions, ReliabilityBin } from "./reliabilityBins.js";

/** How a calibration error is computed. */
export interface CalibrationOptions extends BinningOptions, WeightOptions {
  /**
   * How the bins' gaps |mean label - mean probability| become one number: "l1" (the default), their mean weighted by
   * count; "l2", the root of the weighted mean of their squares; "max", the largest one.
   */
  readonly norm?: "l1" | "l2" | "max";
  /**
   * Takes out the upward bias that comes of few samples in a bin (Kumar, Liang and Ma, Verified Uncertainty Calibration,
   * NeurIPS 2019); false by default. A result below 0 becomes 0.
   *
   * "l2": the square of each gap less y (1 - y) / (n - 1), with y the mean label and n the count of the bin, so that the
   * square of the error is without bias (definition 5.2); a bin of one sample adds nothing, as in the authors' code.
   *
   * "l1": twice the error less its expectation if each bin's mean label were normal around the observed one with variance
   * y (1 - y) / n. That is what their code's `normal_debiased_ce` draws at random; here the mean of the folded normal
   * distribution gives it exactly.
   *
   * Neither is known for "max". Weights, if there are any, have to be whole numbers, since n counts samples.
   */
  readonly debiased?: boolean;
}

/** Calibration error of each class. */
export interface ClasswiseCalibrationError {
  /** One value a class, in [0, 1]; NaN for a class without a known label. */
  readonly perClass: readonly number[];
  /** Mean over the classes that have a value, each counting the same; NaN if none has. */
  readonly mean: number;
  /**
   * Mean in which each class weighs as much as it has positives, in proportion to its prevalence where all labels are
   * known; NaN without a positive.
   */
  readonly prevalenceWeighted: number;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** How many labels of each class are known; each value rests on so many samples. */
  readonly known: readonly number[];
  /** How many labels of each class are unknown. Samples of weight 0 are in neither count. */
  readonly unknown: readonly number[];
}

/**
 * Mean probability and share of positives by bin of probability, in ascending order. Bins are left-closed; the last
 * one holds its upper edge too. Equal-width edges are the numbers k / bins: with 10 bins, 0.3 opens the fourth.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param probabilities of the positive label, in [0, 1]; one for each label
 * @returns all bins, empty ones too; without a known label no equal-mass bins
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the probability of a known label lies
 *   outside [0, 1], `bins` is not a whole number from 1, an option is none of its words, a weight is not a finite number
 *   from 0, or not a whole one for equal-mass bins
 */
export function reliabilityDiagram(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: BinningOptions & WeightOptions = {},
): ReliabilityBin[] {
  return reliabilityBins(probabilitySample(labels, probabilities, options), options);
}

/**
 * Calibration error of one class: how far the share of positives is from the mean predicted probability, bin by bin
 * of {@link reliabilityDiagram}. It is the class-j-ECE of Kull et al., Beyond temperature scaling (NeurIPS 2019), for
 * "l1" and equal-width bins.
 *
 * A constant prediction of the prevalence scores 0, so read it beside AUC and {@link brierScore}. It is biased upwards
 * in small samples, unless it is `debiased`.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped and not counted
 * @param probabilities of the positive label, in [0, 1]; one for each label
 * @returns in [0, 1]; NaN without a known label
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the probability of a known label lies
 *   outside [0, 1], `bins` is not a whole number from 1, an option is none of its words, `debiased` goes with "max", a
 *   weight is not a finite number from 0, or not a whole one for equal-mass bins or `debiased`
 */
export function calibrationError(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): number {
  return binnedError(probabilitySample(labels, probabilities, options), options);
}

/**
 * Class-wise calibration error: {@link calibrationError} of each class on the samples whose label of that class is
 * known, and their mean (Kull et al., NeurIPS 2019, each class with its own sigmoid).
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN
 * @param probabilities of the same shape, values in [0, 1]
 * @throws ArgumentError as {@link calibrationError}, and when the shapes or the class names differ
 */
export function classwiseCalibrationError(
  labels: MatrixLike,
  probabilities: MatrixLike,
  options: CalibrationOptions = {},
): ClasswiseCalibrationError {
  const { weights } = options;
  const { counted, classes, samples } = knownColumns(
    labels,
    probabilities,
    undefined,
    weights ? { weights } : {},
  );
  const perClass = samples.map((sample) => binnedError(sample, options));
  const defined = perClass.filter((error) => !Number.isNaN(error));
  const positives = samples.map(weightOfPositives);
  let weighted = 0;
  perClass.forEach((error, c) => {
    if (positives[c]! > 0) weighted += positives[c]! * error;
  });
  return {
    perClass,
    mean: defined.reduce((sum, error) => sum + error, 0) / defined.length,
    prevalenceWeighted: weighted / positives.reduce((sum, count) => sum + count, 0),
    classes,
    known: samples.map((sample) => sample.labels.length),
    unknown: samples.map((sample) => counted - sample.labels.length),
  };
}

function weightOfPositives({ labels, weights }: Sample): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += labels[i]! * weights[i]!;
  return sum;
}

/** {@link calibrationError} of a sample. */
export function binnedError(
  sample: Sample,
  options: Pick<CalibrationOptions, "bins" | "binning" | "norm" | "debiased">,
): number {
  if (options.debiased) wholeTotal(sample, "the debiased error needs");
  return errorOfBins(reliabilityBins(sample, options), options);
}

/** The calibration error of bins. */
export function errorOfBins(
  bins: readonly ReliabilityBin[],
  { norm = "l1", debiased = false }: Pick<CalibrationOptions, "norm" | "debiased">,
): number {
  const filled = bins.filter((bin) => bin.count > 0);
  const total = filled.reduce((sum, bin) => sum + bin.count, 0);
  const gap = (bin: ReliabilityBin) => Math.abs(bin.meanLabel - bin.meanProbability);
  const mean = (of: (bin: ReliabilityBin) => number) =>
    filled.reduce((sum, bin) => sum + bin.count * of(bin), 0) / total;
  switch (norm) {
    case "l1":
      return debiased ? notBelow0(mean((bin) => 2 * gap(bin) - expectedGap(bin))) : mean(gap);
    case "l2":
      return debiased ? Math.sqrt(notBelow0(mean(unbiasedSquare))) : Math.sqrt(mean((bin) => gap(bin) ** 2));
    case "max":
      if (debiased) {
        throw new ArgumentError(
          "options.debiased",
          'no debiased estimate of the norm "max" is known; take "l1" or "l2"',
        );
      }
      return filled.length === 0 ? Number.NaN : Math.max(...filled.map(gap));
    default:
      throw new ArgumentError("options.norm", `is ${norm}; expected "l1", "l2" or "max"`);
  }
}

/** Keeps NaN. */
const notBelow0 = (value: number) => (value < 0 ? 0 : value);

function unbiasedSquare({ count, meanLabel, meanProbability }: ReliabilityBin): number {
  if (count < 2) return 0;
  return (meanLabel - meanProbability) ** 2 - (meanLabel * (1 - meanLabel)) / (count - 1);
}

/** Mean of the absolute value of a normal variable around the gap, with the mean label's standard error. */
function expectedGap({ count, meanLabel, meanProbability }: ReliabilityBin): number {
  const gap = Math.abs(meanLabel - meanProbability);
  const error = Math.sqrt(Math.max(0, meanLabel * (1 - meanLabel)) / count);
  if (error === 0) return gap;
  const z = gap / error;
  return error * Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2) + gap * (1 - 2 * normalUpperTail(z));
}

function probabilitySample(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  { weights }: WeightOptions,
): Sample {
  return knownSample(labels, probabilities, { argument: "probabilities", ...(weights && { weights }) });
}
