import type { Sample } from "../sample.js";
import type { CalibrationMap } from "./calibrator.js";

/**
 * The non-decreasing function of the probability nearest to the labels in squares, by pooling adjacent violators
 * (Ayer et al., An empirical distribution function for sampling with incomplete information, Ann. Math. Stat. 26, 1955).
 * Samples of equal probability count as one with their mean label. Only the two ends of each level are kept.
 *
 * @param sample by descending probability, of at least one row
 */
export function isotonicMap({ scores, labels, weights }: Sample): CalibrationMap {
  const blocks: Block[] = [];
  for (let i = scores.length - 1; i >= 0; ) {
    const place = scores[i]!;
    let weight = 0;
    let positives = 0;
    for (; i >= 0 && scores[i] === place; i--) {
      weight += weights[i]!;
      positives += weights[i]! * labels[i]!;
    }
    let block: Block = { first: place, last: place, weight, positives };
    for (let below = blocks.at(-1); below !== undefined && above(below, block); below = blocks.at(-1)) {
      blocks.pop();
      block = {
        first: below.first,
        last: block.last,
        weight: below.weight + block.weight,
        positives: below.positives + block.positives,
      };
    }
    blocks.push(block);
  }
  const ends = blocks.flatMap(({ first, last, weight, positives }) =>
    (first === last ? [first] : [first, last]).map((place) => ({ place, value: positives / weight })),
  );
  return {
    kind: "isotonic",
    probabilities: ends.map(({ place }) => place),
    values: ends.map(({ value }) => value),
  };
}

interface Block {
  readonly first: number;
  readonly last: number;
  readonly weight: number;
  readonly positives: number;
}

/** Whether the lower block is at the upper one's level or above it. */
const above = (lower: Block, upper: Block) =>
  lower.positives * upper.weight >= upper.positives * lower.weight;
