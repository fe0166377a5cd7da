/** Sums each column of a matrix with as many columns as `out` is long, in double precision, times `scale`. */
export function writeColumnSums([matrix, out]: readonly [Float32Array, Float32Array], scale: number): void {
  const columns = out.length;
  const sums = new Float64Array(columns);
  let a = 0;
  // Four rows at a time: each sum is then loaded and stored a quarter as often.
  for (; a + 4 * columns <= matrix.length; a += 4 * columns) {
    const b = a + columns;
    const c = b + columns;
    const d = c + columns;
    for (let i = 0; i < columns; i++) {
      sums[i] = sums[i]! + matrix[a + i]! + matrix[b + i]! + matrix[c + i]! + matrix[d + i]!;
    }
  }
  for (; a < matrix.length; a += columns) {
    for (let i = 0; i < columns; i++) sums[i] = sums[i]! + matrix[a + i]!;
  }
  for (let i = 0; i < columns; i++) out[i] = sums[i]! * scale;
}
