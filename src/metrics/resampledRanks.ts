import type { Groups } from "./resampling.js";
import type { Sample } from "./sample.js";

/** What {@link resampledRanks} writes. */
export interface RankValues {
  /** Area under the ROC curve; NaN unless both labels are drawn. */
  auc: number;
  /** Average precision; NaN unless both labels are drawn. */
  averagePrecision: number;
}

/**
 * `rankMetrics` as a function of how often each group counts. When it is called nothing is sorted and nothing allocated: it
 * makes one pass over the ranking, in runs of one label. Frequencies without weights are counted exactly up to 2^53 pairs.
 *
 * @param sample by descending score; its weights are multiplied by the frequencies
 */
export function resampledRanks(
  sample: Sample,
  groups: Groups,
): (frequency: Int32Array, into: RankValues) => void {
  const { order, ends } = runsOf(sample);
  const size = order.length;
  const groupAt = order.map((place) => groups.groupOf[sample.rows[place]!]!);
  const even = sample.weights.every((weight) => weight === 1);
  const weights = even ? undefined : Float64Array.from(order, (place) => sample.weights[place]!);
  const sumOf = (frequency: Int32Array, from: number, to: number) =>
    weights === undefined
      ? sumFrequencies(frequency, groupAt, from, to)
      : sumWeights(frequency, groupAt, weights, from, to);
  return (frequency, into) => {
    let positives = 0;
    let negatives = 0;
    let lost = 0;
    let precisions = 0;
    let from = 0;
    for (let run = 0; run < ends.length; run += 3) {
      const [above, tied, found] = [ends[run]!, ends[run + 1]!, ends[run + 2]!];
      negatives += sumOf(frequency, from, above);
      const equal = tied > above ? sumOf(frequency, above, tied) : 0;
      const count = sumOf(frequency, tied, found);
      lost += count * (negatives + equal / 2);
      negatives += equal;
      positives += count;
      if (count > 0) precisions += count * (positives / (positives + negatives));
      from = found;
    }
    negatives += sumOf(frequency, from, size);
    const pairs = positives * negatives;
    into.auc = Math.max(0, (pairs - lost) / pairs);
    into.averagePrecision = negatives === 0 ? Number.NaN : precisions / positives;
  };
}

/**
 * The places of a ranking so that, for each score with a positive, there come the negatives above it, those of that score,
 * and its positives; and where each of these three runs ends. The negatives below all positives come last.
 */
function runsOf({ labels, scores }: Sample): { readonly order: Int32Array; readonly ends: Int32Array } {
  const size = scores.length;
  const order = new Int32Array(size);
  const ends: number[] = [];
  let [placed, start] = [0, 0];
  while (start < size) {
    let end = start + 1;
    while (end < size && scores[end] === scores[start]) end++;
    const above = placed;
    for (let i = start; i < end; i++) if (labels[i] === 0) order[placed++] = i;
    const tied = placed;
    for (let i = start; i < end; i++) if (labels[i] === 1) order[placed++] = i;
    if (placed > tied) ends.push(above, tied, placed);
    start = end;
  }
  return { order, ends: Int32Array.from(ends) };
}

function sumFrequencies(frequency: Int32Array, groupAt: Int32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += frequency[groupAt[i]!]!;
  return sum;
}

function sumWeights(
  frequency: Int32Array,
  groupAt: Int32Array,
  weights: Float64Array,
  from: number,
  to: number,
): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += frequency[groupAt[i]!]! * weights[i]!;
  return sum;
}
