import { meanSquaredError } from "./brierScore.js";
import { type BinningOptions, type MomentBin, momentBins } from "./reliabilityBins.js";
import { knownSample, type Sample, type WeightOptions } from "./sample.js";

/** A Brier score and the parts that add up to it. */
export interface BrierDecomposition {
  /** reliability - resolution + uncertainty + withinBinVariance - withinBinCovariance. */
  readonly brier: number;
  /** Mean over samples of their bin's (mean probability - mean label)^2: the square of the "l2" calibration error. 0 is best. */
  readonly reliability: number;
  /** Mean over samples of their bin's (mean label - prevalence)^2; higher is better, up to the uncertainty. */
  readonly resolution: number;
  /** q (1 - q) for prevalence q: what the constant prediction q scores. */
  readonly uncertainty: number;
  /** Variance of the probabilities within their bins. */
  readonly withinBinVariance: number;
  /** Twice the covariance of probabilities and labels within bins. */
  readonly withinBinCovariance: number;
  /** Brier skill score, 1 - brier / uncertainty: 1 is perfect, 0 as good as the prevalence; NaN where one label only occurs. */
  readonly skill: number;
}

/**
 * Parts of the {@link brierScore} of one class: reliability, resolution and uncertainty (Murphy, A new vector partition of
 * the probability score, J. Appl. Meteorology 12, 1973), and the two terms within bins that are left when the
 * probabilities of a bin differ (Stephenson, Coelho and Jolliffe, Two extra components in the Brier score decomposition,
 * Weather and Forecasting 23, 2008). With them the parts add up to the score exactly.
 *
 * Resolution less withinBinVariance plus withinBinCovariance is what that paper calls the generalised resolution.
 *
 * @param labels 1, 0, or NaN for unknown; samples with an unknown label are skipped
 * @param probabilities of the positive label, in [0, 1]; one for each label
 * @param options bins as of {@link reliabilityDiagram}; `weights`: how much each sample counts
 * @returns all NaN without a known label
 * @throws ArgumentError as {@link reliabilityDiagram}
 */
export function brierDecomposition(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: BinningOptions & WeightOptions = {},
): BrierDecomposition {
  const { weights } = options;
  const sample = knownSample(labels, probabilities, {
    argument: "probabilities",
    ...(weights && { weights }),
  });
  return decomposedBrier(sample, options);
}

/** {@link brierDecomposition} of a sample. */
export function decomposedBrier(sample: Sample, options: BinningOptions): BrierDecomposition {
  const bins = momentBins(sample, options).filter((bin) => bin.count > 0);
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const mean = (of: (bin: MomentBin) => number) => bins.reduce((sum, bin) => sum + of(bin), 0) / total;
  const prevalence = mean(({ count, meanLabel }) => count * meanLabel);
  const uncertainty = prevalence * (1 - prevalence);
  const brier = meanSquaredError(sample);
  return {
    brier,
    reliability: mean(({ count, meanProbability, meanLabel }) => count * (meanProbability - meanLabel) ** 2),
    resolution: mean(({ count, meanLabel }) => count * (meanLabel - prevalence) ** 2),
    uncertainty,
    withinBinVariance: mean(({ squares }) => squares),
    withinBinCovariance: 2 * mean(({ products }) => products),
    skill: uncertainty > 0 ? 1 - brier / uncertainty : Number.NaN,
  };
}
