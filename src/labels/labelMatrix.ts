import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { ClassMatrix } from "../matrix.js";
import { labelRows } from "./labelRows.js";

/**
 * What is known of each finding in each sample: shape [samples, classes], 1 (present), 0 (absent) or NaN (unknown).
 * Losses and metrics skip NaN, weights don't count it.
 */
export type LabelMatrix = ClassMatrix<Float32Array>;

/**
 * Makes a label matrix.
 *
 * @param classes names of the findings, each once
 * @param rows one row a sample, one value a class: 1, 0 or NaN. No rows give a matrix of shape [0, classes].
 * @throws ArgumentError for a name that stands twice, a row of another length, a value other than 1, 0 and NaN
 */
export function labelMatrix(classes: readonly string[], rows: readonly ArrayLike<number>[]): LabelMatrix {
  const matrix = labelRows(classes);
  for (const row of rows) matrix.add(row);
  return matrix.matrix();
}

/**
 * The label matrix of some of the samples, in the order given; an index may stand several times.
 *
 * @throws ArgumentError for an index outside the matrix
 */
export function selectRows(labels: LabelMatrix, indices: ArrayLike<number>): LabelMatrix {
  const [rows, width] = labels.values.shape as [number, number];
  const values = new Float32Array(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i]!;
    if (!Number.isInteger(row) || row < 0 || row >= rows) {
      throw new ArgumentError("indices", `index ${row} is outside the matrix of ${rows} samples`);
    }
    for (let c = 0; c < width; c++) values[i * width + c] = labels.values.get(row, c);
  }
  return {
    classes: labels.classes,
    values: ndarray(values, [indices.length, width]) as NdArray<Float32Array>,
  };
}

/**
 * The label matrix of some of the classes, in the order given.
 *
 * @throws ArgumentError for a class that the matrix has not
 */
export function selectClasses(labels: LabelMatrix, classes: readonly string[]): LabelMatrix {
  const columns = classes.map((name) => {
    const column = labels.classes.indexOf(name);
    if (column < 0) throw new ArgumentError("classes", `"${name}" is none of ${labels.classes.join(", ")}`);
    return column;
  });
  const rows = labels.values.shape[0]!;
  return labelMatrix(
    classes,
    Array.from({ length: rows }, (_, r) => columns.map((column) => labels.values.get(r, column))),
  );
}
