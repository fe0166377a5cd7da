import type { Sample } from "./sample.js";

/** What each distinct score does as a threshold: a sample counts as positive when its score >= the threshold. */
export interface CutPoints {
  /** The distinct scores, descending. */
  readonly thresholds: Float64Array;
  /** Weight of the positives at or above each threshold. */
  readonly truePositives: Float64Array;
  /** Weight of the negatives at or above each threshold. */
  readonly falsePositives: Float64Array;
  /** Weight of all positives. */
  readonly positives: number;
  /** Weight of all negatives. */
  readonly negatives: number;
}

/**
 * The cut points of a sample.
 *
 * @param sample by descending score
 */
export function cutPoints({ labels, scores, weights }: Sample): CutPoints {
  const size = scores.length;
  const thresholds = new Float64Array(size);
  const truePositives = new Float64Array(size);
  const falsePositives = new Float64Array(size);
  let positives = 0;
  let negatives = 0;
  let distinct = 0;
  for (let i = 0; i < size; i++) {
    if (labels[i] === 1) positives += weights[i]!;
    else negatives += weights[i]!;
    if (i + 1 < size && scores[i + 1] === scores[i]) continue;
    thresholds[distinct] = scores[i]!;
    truePositives[distinct] = positives;
    falsePositives[distinct] = negatives;
    distinct++;
  }
  return {
    thresholds: thresholds.subarray(0, distinct),
    truePositives: truePositives.subarray(0, distinct),
    falsePositives: falsePositives.subarray(0, distinct),
    positives,
    negatives,
  };
}
