import { ArgumentError } from "../errors.js";
import type { ClassFrequencies } from "./classFrequencies.js";

/** What a sample's term of the loss is multiplied with, by class and label. */
export interface ClassWeights {
  /** Weight of samples in which the class is present. */
  readonly positive: Float64Array;
  /** Weight of samples in which the class is absent. */
  readonly negative: Float64Array;
}

/**
 * Weights under which present and absent samples of a class contribute equally: positive weight = frequency of
 * negatives, negative weight = frequency of positives. A class that is always or never present in the known samples
 * gets one weight of 0 and so no loss; a class without a known sample gets 0 for both.
 */
export function balancedContributionWeights(frequencies: ClassFrequencies): ClassWeights {
  return {
    positive: frequencies.negative.map(zeroIfUndefined),
    negative: frequencies.positive.map(zeroIfUndefined),
  };
}

/**
 * Weights N / (2 n): N the known samples of the class, n those with the label. Present and absent samples contribute
 * equally and the mean weight over the known samples is 1. A label that no sample has gets 0.
 *
 * Source: the "balanced" heuristic of King and Zeng, Logistic Regression in Rare Events Data (2001), per class.
 */
export function inverseFrequencyWeights(frequencies: ClassFrequencies): ClassWeights {
  const weigh = (counts: Float64Array) =>
    counts.map((count, c) => (count === 0 ? 0 : frequencies.knownCount[c]! / (2 * count)));
  return { positive: weigh(frequencies.positiveCount), negative: weigh(frequencies.negativeCount) };
}

/**
 * Weights by the effective number of samples: (1 - beta) / (1 - beta^n), scaled so that the two weights of a class
 * add up to 2. A label that no sample has gets 0.
 *
 * Source: Cui et al., Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019, equation 4.
 *
 * @param options `beta` in [0, 1): 0 weighs both labels alike, towards 1 it approaches inverse frequency. Default
 *   0.999.
 * @throws ArgumentError for a beta outside [0, 1)
 */
export function effectiveNumberWeights(
  frequencies: ClassFrequencies,
  options: { readonly beta?: number } = {},
): ClassWeights {
  const { beta = 0.999 } = options;
  if (!(beta >= 0 && beta < 1)) throw new ArgumentError("options.beta", `is ${beta}; expected [0, 1)`);
  const weigh = (counts: Float64Array) => counts.map((n) => (n === 0 ? 0 : (1 - beta) / (1 - beta ** n)));
  const positive = weigh(frequencies.positiveCount);
  const negative = weigh(frequencies.negativeCount);
  const scale = (weight: number, c: number) => {
    const sum = positive[c]! + negative[c]!;
    return sum === 0 ? 0 : (2 * weight) / sum;
  };
  return { positive: positive.map(scale), negative: negative.map(scale) };
}

function zeroIfUndefined(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
