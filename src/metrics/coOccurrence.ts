import type { MatrixLike } from "../matrix.js";
import { type DecisionOptions, decidedColumns } from "./multilabelConfusion.js";

/**
 * How often findings go together, or calls with findings: tables of shape [classes, classes]. A row stands for a finding
 * by its labels, a column for the finding, or the calls, beside it.
 */
export interface CoOccurrenceCounts {
  /** Names of the rows and columns. */
  readonly classes: readonly string[];
  /** Samples in which the row's finding is present and the column's is present, or called. */
  readonly both: readonly (readonly number[])[];
  /** Samples in which the row's finding is present and the column's is known. */
  readonly rowPresent: readonly (readonly number[])[];
  /** Samples in which both findings are known. */
  readonly known: readonly (readonly number[])[];
  /** `both / rowPresent`: of the samples with the row's finding, the share with the column's; NaN of none. */
  readonly share: readonly (readonly number[])[];
}

/**
 * How often findings go together; or, with scores, how often each class is called where each finding is present: "of
 * the images with effusion, how many are called cardiomegaly". The share on the diagonal is then the sensitivity.
 *
 * Samples count for a pair where both labels are known, with scores too, so that both tables have the same denominators:
 * calls beside a finding can be held against findings beside it. `both`, `rowPresent` and `known` of labels alone are those
 * of `describeDataset`.
 *
 * ```ts
 * const present = coOccurrence(labels);
 * const called = coOccurrence(labels, probabilities, { thresholds: chosen.values });
 * ```
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN
 * @param scores of the same shape: probabilities, other scores, or decisions 0 and 1; the labels by default
 * @param options `thresholds`, by default 0.5, NaN for a class whose column is to stay empty; `classes`
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the score of a known label is
 *   not finite, or `thresholds` or `classes` have another length
 */
export function coOccurrence(
  labels: MatrixLike,
  scores: MatrixLike = labels,
  options: Omit<DecisionOptions, "weights"> = {},
): CoOccurrenceCounts {
  const { rows, columns } = decidedColumns(labels, scores, options);
  const width = columns.length;
  const entries = new Uint8Array(rows * width);
  columns.forEach(({ sample, threshold }, c) => {
    sample.rows.forEach((row, i) => {
      const present = sample.labels[i] === 1 ? isPresent : 0;
      const decided = Number.isNaN(threshold) ? 0 : isDecided;
      const called = sample.scores[i]! >= threshold ? isCalled : 0;
      entries[row * width + c] = isKnown | present | decided | called;
    });
  });
  const both = square(width);
  const rowPresent = square(width);
  const known = square(width);
  for (let first = 0; first < entries.length; first += width) {
    for (let a = 0; a < width; a++) {
      const finding = entries[first + a]!;
      if (!(finding & isKnown)) continue;
      for (let b = 0; b < width; b++) {
        const beside = entries[first + b]!;
        if (!(beside & isDecided)) continue;
        known[a]![b]!++;
        if (!(finding & isPresent)) continue;
        rowPresent[a]![b]!++;
        if (beside & isCalled) both[a]![b]!++;
      }
    }
  }
  const share = both.map((counts, a) => counts.map((count, b) => count / rowPresent[a]![b]!));
  return { classes: columns.map(({ name }) => name), both, rowPresent, known, share };
}

const isKnown = 1;
const isPresent = 2;
const isDecided = 4;
const isCalled = 8;

function square(side: number): number[][] {
  return Array.from({ length: side }, () => new Array<number>(side).fill(0));
}
