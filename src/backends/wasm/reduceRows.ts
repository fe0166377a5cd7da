/** Sums the rows of a matrix with as many columns as `out` is long, each column in double precision, times `scale`. */
export function writeColumnSums(
  [matrix, out]: readonly [Float32Array, Float32Array],
  scale: number,
): void {
  const columns = out.length;
  const sums = new Float64Array(columns);
  for (let row = 0; row < matrix.length; row += columns) {
    for (let i = 0; i < columns; i++) sums[i] = sums[i]! + matrix[row + i]!;
  }
  for (let i = 0; i < columns; i++) out[i] = sums[i]! * scale;
}
