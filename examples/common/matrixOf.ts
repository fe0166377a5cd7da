import { type LabelMatrix, labelMatrix } from "radiolucent";

/** Labels, or scores in [0, 1], as a matrix of so many rows, value by value; NaN is unknown. */
export function matrixOf(
  classes: readonly string[],
  rows: number,
  value: (row: number, column: number) => number,
): LabelMatrix {
  // labelMatrix takes labels only, so scores are put into a matrix of unknowns
  const unknown = classes.map(() => Number.NaN);
  const matrix = labelMatrix(classes, Array<number[]>(rows).fill(unknown));
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < classes.length; c++) matrix.values.set(r, c, value(r, c));
  return matrix;
}
