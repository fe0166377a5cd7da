import { ArgumentError } from "../errors.js";
import { columnsOf, type MatrixLike } from "../matrix.js";

/** Probabilities are kept this far from 0 and 1, so that a loss is at most about 16. */
const epsilon = 1e-7;

/**
 * How badly each sample is predicted: the mean over its known labels of the cross-entropy, -log of the probability that
 * was given to what is the case. NaN for a sample without a known label; a label whose probability is NaN counts as unknown.
 *
 * @param labels shape [samples, classes], 1, 0 or NaN
 * @param probabilities of the same shape, in [0, 1]
 * @throws ArgumentError when the shapes differ, or for a value out of its range
 */
export function sampleLosses(labels: MatrixLike, probabilities: MatrixLike): Float64Array {
  const known = columnsOf(labels, "labels");
  const given = columnsOf(probabilities, "probabilities");
  if (given.rows !== known.rows || given.columns.length !== known.columns.length) {
    throw new ArgumentError(
      "probabilities",
      `have shape [${given.rows}, ${given.columns.length}] where labels have [${known.rows}, ${known.columns.length}]`,
    );
  }
  return Float64Array.from({ length: known.rows }, (_, row) => {
    let sum = 0;
    let count = 0;
    known.columns.forEach((column, c) => {
      const label = column[row]!;
      const probability = given.columns[c]![row]!;
      if (Number.isNaN(label) || Number.isNaN(probability)) return;
      if (label !== 0 && label !== 1) {
        throw new ArgumentError(
          "labels",
          `row ${row}, class ${c} is ${label}; expected 1, 0 or NaN (unknown)`,
        );
      }
      if (!(probability >= 0 && probability <= 1)) {
        throw new ArgumentError("probabilities", `row ${row}, class ${c} is ${probability}; expected [0, 1]`);
      }
      sum -= Math.log(Math.max(label === 1 ? probability : 1 - probability, epsilon));
      count++;
    });
    return sum / count;
  });
}
