import { ArgumentError } from "../errors.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { columnsOf } from "../matrix.js";
import { type RandomStream, randomStream } from "../random.js";
import { checkWhole, type PlannedSample, type SamplingPlan } from "./samplingPlan.js";

/** How {@link balancedBatches} fills batches. */
export interface BalancedBatchesOptions {
  /** Samples in a batch, at least 2. */
  readonly batchSize: number;
  /** The finding that makes a sample positive. By default any finding does. */
  readonly finding?: string;
  /** Share of positive samples in each batch, between 0 and 1; rounded to whole samples, at least one of each. Default 0.5. */
  readonly positiveShare?: number;
  /**
   * What an epoch holds. "all" (default): every positive and every negative sample at least once; the side that is used
   * up first begins anew. "fewer": that side about once, and as many of the other as it takes, other ones each epoch.
   */
  readonly cover?: "all" | "fewer";
  /** Of the choice and the order. Default 0. */
  readonly seed?: number | string;
}

/** A plan for batches of one size. */
export interface BalancedPlan extends SamplingPlan {
  /** Samples in a batch: take the epoch in slices of this length, in its order. */
  readonly batchSize: number;
  /** Positive samples in each batch. */
  readonly positivesPerBatch: number;
  /** How many samples are positive. */
  readonly positives: number;
  /** How many samples are negative. */
  readonly negatives: number;
  /** How many samples are neither, since what matters of them is unknown; they stand in no batch. */
  readonly unused: number;
}

/**
 * A plan in which every batch has the same numbers of positive and negative samples.
 *
 * With a `finding`, samples in which it is present are positive, those in which it is absent negative. Without one, samples
 * with any finding are positive, and those in which all are known to be absent negative. A sample that is unknown (NaN)
 * where it matters is never taken for a negative: it is left out and counted in `unused`.
 *
 * All batches are full. Within an epoch every sample of a side stands as often as every other one of it, to within one;
 * from the second time on it is to be augmented.
 *
 * @throws ArgumentError for an option out of its range, a finding that the labels have not, or labels without a positive
 *   or without a negative sample
 */
export function balancedBatches(labels: LabelMatrix, options: BalancedBatchesOptions): BalancedPlan {
  const { batchSize, finding, positiveShare = 0.5, cover = "all", seed = 0 } = options;
  checkWhole("options.batchSize", batchSize, 2);
  if (!(positiveShare > 0 && positiveShare < 1)) {
    throw new ArgumentError("options.positiveShare", `is ${positiveShare}; expected between 0 and 1`);
  }
  const positivesPerBatch = Math.min(Math.max(Math.round(batchSize * positiveShare), 1), batchSize - 1);
  const negativesPerBatch = batchSize - positivesPerBatch;
  const { rows, positive, negative } = sides(labels, finding);
  const needed = [positive.length / positivesPerBatch, negative.length / negativesPerBatch].map(Math.ceil);
  const batches = cover === "all" ? Math.max(...needed) : Math.min(...needed);
  const random = randomStream(`balancedBatches/${seed}`);

  const epoch = (index: number): PlannedSample[] => {
    const ofEpoch = random.fork(index);
    const present = drawn(positive, batches * positivesPerBatch, ofEpoch.fork("positive"));
    const absent = drawn(negative, batches * negativesPerBatch, ofEpoch.fork("negative"));
    return Array.from({ length: batches }, (_, b) =>
      ofEpoch.shuffle([
        ...present.slice(b * positivesPerBatch, (b + 1) * positivesPerBatch),
        ...absent.slice(b * negativesPerBatch, (b + 1) * negativesPerBatch),
      ]),
    ).flat();
  };
  return {
    samples: rows,
    size: batches * batchSize,
    epoch,
    batchSize,
    positivesPerBatch,
    positives: positive.length,
    negatives: negative.length,
    unused: rows - positive.length - negative.length,
  };
}

/** Rows of the positive and of the negative samples. */
function sides(labels: LabelMatrix, finding: string | undefined) {
  const { rows, columns } = columnsOf(labels, "labels");
  const column = finding === undefined ? -1 : labels.classes.indexOf(finding);
  if (finding !== undefined && column < 0) {
    throw new ArgumentError("options.finding", `"${finding}" is none of ${labels.classes.join(", ")}`);
  }
  const decisive = finding === undefined ? columns : [columns[column]!];
  const all = Array.from({ length: rows }, (_, row) => row);
  const positive = all.filter((row) => decisive.some((values) => values[row] === 1));
  const negative = all.filter((row) => decisive.every((values) => values[row] === 0));
  const lacking = positive.length === 0 ? "positive" : negative.length === 0 ? "negative" : undefined;
  if (lacking !== undefined) {
    throw new ArgumentError(
      "labels",
      `have no ${lacking} sample of ${finding === undefined ? "any finding" : `"${finding}"`}; expected some of both`,
    );
  }
  return { rows, positive, negative };
}

/** So many of the rows: all of them in random order, again and again. */
function drawn(rows: readonly number[], count: number, random: RandomStream): PlannedSample[] {
  const places: PlannedSample[] = [];
  while (places.length < count) {
    const augment = places.length > 0;
    for (const index of random.shuffle([...rows]).slice(0, count - places.length))
      places.push({ index, augment });
  }
  return places;
}
