import { float32Keys, sortKeys } from "./rankOrder.js";
import { knownSample, ranked, type Sample, type WeightOptions } from "./sample.js";

/** What the order of the scores tells. */
export interface RankMetrics {
  /** Area under the ROC curve (Mann-Whitney, equal scores counting one half); NaN unless both labels occur. */
  readonly auc: number;
  /** Average precision (step sum); NaN unless both labels occur. */
  readonly averagePrecision: number;
}

/**
 * Area under the ROC curve and average precision in one pass. Whole weights make the count of pairs exact up to 2^53.
 *
 * @param sample by descending score
 */
export function rankMetrics({ labels, scores, weights }: Sample): RankMetrics {
  const sums = new RankSums();
  let tiedPositives = 0;
  let tiedNegatives = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = weights[i]!;
    const label = labels[i]!;
    tiedPositives += weight * label;
    tiedNegatives += weight * (1 - label);
    if (i + 1 < scores.length && scores[i + 1] === scores[i]) continue;
    sums.add(tiedPositives, tiedNegatives);
    tiedPositives = 0;
    tiedNegatives = 0;
  }
  return sums.metrics();
}

/**
 * {@link rankMetrics} of labels and scores in any order. Where all scores are float32, as those of networks are, and each
 * counts 1, the scores of each label are sorted for themselves and no sample is made or moved.
 *
 * @throws ArgumentError as {@link knownSample}
 */
export function rankMetricsOf(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions,
): RankMetrics {
  const keys = options.weights === undefined ? keysByLabel(labels, scores) : undefined;
  if (keys === undefined) return rankMetrics(ranked(knownSample(labels, scores, options)));
  const [negatives, positives] = keys.map(sortKeys) as [Uint32Array, Uint32Array];
  const sums = new RankSums();
  let [n, p] = [0, 0];
  while (n < negatives.length || p < positives.length) {
    const isPositive = n === negatives.length || (p < positives.length && positives[p]! <= negatives[n]!);
    const key = isPositive ? positives[p]! : negatives[n]!;
    const found = p;
    const alarms = n;
    while (p < positives.length && positives[p] === key) p++;
    while (n < negatives.length && negatives[n] === key) n++;
    sums.add(p - found, n - alarms);
  }
  return sums.metrics();
}

/**
 * The scores of the negatives and of the positives as {@link float32Keys}; undefined for anything that is not a float32 score
 * with a label of 1, 0 or NaN.
 */
function keysByLabel(labels: ArrayLike<number>, scores: ArrayLike<number>): Uint32Array[] | undefined {
  if (labels.length !== scores.length) return undefined;
  const counts = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (Number.isNaN(label)) continue;
    const score = scores[row]!;
    if ((label !== 0 && label !== 1) || Math.fround(score) !== score || !Number.isFinite(score))
      return undefined;
    counts[label]!++;
  }
  const [absent, present] = [new Float32Array(counts[0]!), new Float32Array(counts[1]!)];
  let [n, p] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] === 1) present[p++] = scores[row]!;
    else if (labels[row] === 0) absent[n++] = scores[row]!;
  }
  return [float32Keys(absent), float32Keys(present)];
}

/** Adds up groups of equal scores, from the highest score down. */
class RankSums {
  private positives = 0;
  private negatives = 0;
  private pairs = 0;
  private precisions = 0;

  add(positives: number, negatives: number): void {
    this.pairs += negatives * (this.positives + positives / 2);
    this.positives += positives;
    this.negatives += negatives;
    if (positives > 0) this.precisions += positives * (this.positives / (this.positives + this.negatives));
  }

  metrics(): RankMetrics {
    return {
      // Sums of weights that are not whole can pass 1 by their rounding.
      auc: Math.min(1, this.pairs / (this.positives * this.negatives)),
      averagePrecision: this.negatives === 0 ? Number.NaN : this.precisions / this.positives,
    };
  }
}
