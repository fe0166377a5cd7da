import type { Sample } from "./sample.js";

/**
 * Area under the ROC curve (Mann-Whitney, equal scores counting one half) and average precision (step sum) in one pass;
 * both NaN unless both labels occur. Whole weights make the count of pairs exact up to 2^53.
 *
 * @param sample by descending score
 */
export function rankMetrics({ labels, scores, weights }: Sample): {
  readonly auc: number;
  readonly averagePrecision: number;
} {
  let positives = 0;
  let negatives = 0;
  let tiedPositives = 0;
  let tiedNegatives = 0;
  let pairs = 0;
  let precisions = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = weights[i]!;
    const label = labels[i]!;
    tiedPositives += weight * label;
    tiedNegatives += weight * (1 - label);
    if (i + 1 < scores.length && scores[i + 1] === scores[i]) continue;
    pairs += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    if (tiedPositives > 0) precisions += tiedPositives * (positives / (positives + negatives));
    tiedPositives = 0;
    tiedNegatives = 0;
  }
  return {
    // Sums of weights that are not whole can pass 1 by their rounding.
    auc: Math.min(1, pairs / (positives * negatives)),
    averagePrecision: negatives === 0 ? Number.NaN : precisions / positives,
  };
}
