import { ArgumentError } from "../errors.js";
import { columnsOf, type MatrixLike } from "../matrix.js";

/** How often each class is present and absent among the samples whose label is known. */
export interface ClassFrequencies {
  /** Share of known samples in which the class is present, in [0, 1]; NaN for a class without a known sample. */
  readonly positive: Float64Array;
  /** Share of known samples in which the class is absent: 1 - positive. */
  readonly negative: Float64Array;
  /** Number of samples in which the class is present. */
  readonly positiveCount: Float64Array;
  /** Number of samples in which the class is absent. */
  readonly negativeCount: Float64Array;
  /** Number of samples whose label is known. */
  readonly knownCount: Float64Array;
}

/**
 * Counts each class. Unknown labels (NaN) are not counted.
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN
 * @throws ArgumentError when the rows differ in length, or for a value other than 1, 0 and NaN
 */
export function classFrequencies(labels: MatrixLike): ClassFrequencies {
  const { columns } = columnsOf(labels, "labels");
  columns.forEach((column, c) => {
    const row = column.findIndex((value) => value !== 0 && value !== 1 && !Number.isNaN(value));
    if (row >= 0) {
      throw new ArgumentError(
        "labels",
        `row ${row}, class ${c} is ${column[row]}; expected 1, 0 or NaN (unknown)`,
      );
    }
  });
  const count = (label: 0 | 1) =>
    Float64Array.from(columns, (column) =>
      column.reduce((total, value) => total + (value === label ? 1 : 0), 0),
    );
  const positiveCount = count(1);
  const negativeCount = count(0);
  const knownCount = positiveCount.map((positives, c) => positives + negativeCount[c]!);
  return {
    positive: positiveCount.map((positives, c) => positives / knownCount[c]!),
    negative: negativeCount.map((negatives, c) => negatives / knownCount[c]!),
    positiveCount,
    negativeCount,
    knownCount,
  };
}
