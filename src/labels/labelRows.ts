import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { LabelMatrix } from "./labelMatrix.js";

/** A label matrix that grows row by row. */
export interface LabelRows {
  /** Appends a row. @throws ArgumentError for a row of another length, or a value other than 1, 0 and NaN */
  add(row: ArrayLike<number>): void;
  /** Appends rows of one value, NaN by default, until there are `count` rows. */
  padTo(count: number, value?: number): void;
  /** The rows so far. */
  matrix(): LabelMatrix;
}

/**
 * Begins a label matrix.
 *
 * @param classes names of the findings, each once
 * @throws ArgumentError for a name that stands twice
 */
export function labelRows(classes: readonly string[]): LabelRows {
  const repeated = classes.find((name, i) => classes.indexOf(name) !== i);
  if (repeated !== undefined) throw new ArgumentError("classes", `"${repeated}" stands twice`);
  const width = classes.length;
  let rows = 0;
  let values = new Float32Array(16 * width);

  const reserve = (count: number): void => {
    if (count * width <= values.length) return;
    const larger = new Float32Array(Math.max(2 * values.length, count * width));
    larger.set(values);
    values = larger;
  };
  return {
    add(row) {
      if (row.length !== width) {
        throw new ArgumentError("rows", `row ${rows} has ${row.length} values for ${width} classes`);
      }
      reserve(rows + 1);
      const start = rows * width;
      for (let c = 0; c < width; c++) {
        const value = row[c]!;
        if (value !== 0 && value !== 1 && !Number.isNaN(value)) {
          throw new ArgumentError(
            "rows",
            `row ${rows}, class "${classes[c]}" is ${value}; expected 1 (present), 0 (absent) or NaN (unknown)`,
          );
        }
        values[start + c] = value;
      }
      rows++;
    },
    padTo(count, value = Number.NaN) {
      if (count <= rows) return;
      reserve(count);
      values.fill(value, rows * width, count * width);
      rows = count;
    },
    matrix: () => ({
      classes: [...classes],
      values: ndarray(values.slice(0, rows * width), [rows, width]),
    }),
  };
}
