/** Reading the forms in which callers hand over a table of numbers. */
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "./errors.js";

/** A table of numbers whose columns are classes. */
export interface ClassMatrix<Values extends Float32Array | Float64Array = Float32Array> {
  /** Names of the columns. */
  readonly classes: readonly string[];
  /** Shape [samples, classes]. */
  readonly values: NdArray<Values>;
}

/**
 * A table of numbers, one row a sample and one column a class: a {@link ClassMatrix} (a label matrix is one), an
 * ndarray of shape [samples, classes], or an array of rows.
 */
export type MatrixLike =
  | ClassMatrix<Float32Array>
  | ClassMatrix<Float64Array>
  | NdArray<Float32Array>
  | NdArray<Float64Array>
  | readonly ArrayLike<number>[];

/** A matrix taken apart into its columns. */
export interface Columns {
  /** How many samples there are. */
  readonly rows: number;
  /** One array a class. */
  readonly columns: readonly Float64Array[];
  /** Names of the columns, where the matrix has them. */
  readonly classes: readonly string[] | undefined;
}

/**
 * The columns of a matrix, copied.
 *
 * @param argument the caller's argument, named in errors
 * @throws ArgumentError when the rows differ in length or the array has not two dimensions
 */
export function columnsOf(matrix: MatrixLike, argument: string): Columns {
  if ("classes" in matrix) {
    const inner = columnsOf(matrix.values, argument);
    if (inner.columns.length !== matrix.classes.length) {
      throw new ArgumentError(
        argument,
        `has ${matrix.classes.length} class names and ${inner.columns.length} columns; expected as many of both`,
      );
    }
    return { ...inner, classes: matrix.classes };
  }
  if ("shape" in matrix) {
    const [rows, width] = matrix.shape;
    if (matrix.shape.length !== 2 || rows === undefined || width === undefined) {
      throw new ArgumentError(argument, `has shape [${matrix.shape}]; expected [samples, classes]`);
    }
    const { data, offset: first, stride } = matrix;
    const [down = 0, across = 0] = stride;
    const columns = Array.from({ length: width }, () => new Float64Array(rows));
    // Row by row, as the numbers mostly lie in memory.
    for (let r = 0; r < rows; r++) {
      const start = first + r * down;
      for (let c = 0; c < width; c++) columns[c]![r] = data[start + c * across]!;
    }
    return { rows, columns, classes: undefined };
  }
  const width = matrix[0]?.length ?? 0;
  matrix.forEach((row, r) => {
    if (row.length !== width) {
      throw new ArgumentError(argument, `row ${r} has ${row.length} values where row 0 has ${width}`);
    }
  });
  const columns = Array.from({ length: width }, (_, c) => Float64Array.from(matrix, (row) => row[c]!));
  return { rows: matrix.length, columns, classes: undefined };
}

/** The values of an ndarray in row-major order, without a copy where they already lie so. */
export function rowMajor<Values extends Float32Array | Float64Array | Uint8Array | Uint16Array>(
  array: NdArray<Values>,
): Values {
  const size = array.shape.reduce((product, extent) => product * extent, 1);
  let stride = 1;
  let contiguous = true;
  for (let axis = array.shape.length - 1; axis >= 0; axis--) {
    if (array.shape[axis] !== 1 && array.stride[axis] !== stride) contiguous = false;
    stride *= array.shape[axis]!;
  }
  if (contiguous) return array.data.subarray(array.offset, array.offset + size) as Values;
  const copy = new (array.data.constructor as new (length: number) => Values)(size);
  const target = ndarray(copy, array.shape);
  const index = array.shape.map(() => 0);
  for (let i = 0; i < size; i++) {
    target.set(...index, array.get(...index));
    for (let axis = index.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < array.shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return copy;
}
