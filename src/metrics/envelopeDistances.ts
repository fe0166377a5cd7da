import type { GridPixels } from "./nearestDistances.js";

/**
 * The squared Euclidean distance, in columns, of each pixel of `from` to the nearest one of `to`: rows to the nearest pixel in
 * each column, then in each row the lower envelope of one parabola a column (Felzenszwalb and Huttenlocher, Distance
 * transforms of sampled functions, Theory of Computing 2012; Meijster et al. 2000). Time grows with the area of the grid. With
 * square pixels all that is compared is a whole number.
 *
 * @param ratio the distance of two rows in that of two columns
 */
export function envelopeDistances({ height, width, from, to }: GridPixels, ratio: number): Float64Array {
  const gaps = columnGaps(to, height, width);
  // Column, height over the row, and first place of each parabola of the envelope.
  const columns = new Int32Array(width);
  const heights = new Float64Array(width);
  const starts = new Float64Array(width + 1);
  const squares = new Float64Array(from.length);
  for (let i = 0; i < from.length; ) {
    const line = from[i]! - (from[i]! % width);
    let last = -1;
    for (let x = 0; x < width; x++) {
      const gap = gaps[line + x]!;
      if (gap > height) continue;
      const rise = (gap * ratio) ** 2;
      let start = Number.NEGATIVE_INFINITY;
      for (; last >= 0; last--) {
        const other = columns[last]!;
        start = (rise - heights[last]! + (x - other) * (x + other)) / (2 * (x - other));
        if (start > starts[last]!) break;
        start = Number.NEGATIVE_INFINITY;
      }
      if (start >= width) continue;
      last++;
      columns[last] = x;
      heights[last] = rise;
      starts[last] = start;
    }
    starts[last + 1] = Number.POSITIVE_INFINITY;
    let parabola = 0;
    for (; i < from.length && from[i]! < line + width; i++) {
      const x = from[i]! - line;
      while (starts[parabola + 1]! < x) parabola++;
      squares[i] = (x - columns[parabola]!) ** 2 + heights[parabola]!;
    }
  }
  return squares;
}

/** Rows from each pixel to the nearest one of some pixels in its column; more than the height where there is none. */
function columnGaps(pixels: Int32Array, height: number, width: number): Int32Array {
  const gaps = new Int32Array(height * width).fill(height + 1);
  for (let i = 0; i < pixels.length; i++) gaps[pixels[i]!] = 0;
  for (let i = width; i < gaps.length; i++) {
    const next = gaps[i - width]! + 1;
    if (next < gaps[i]!) gaps[i] = next;
  }
  for (let i = gaps.length - width - 1; i >= 0; i--) {
    const next = gaps[i + width]! + 1;
    if (next < gaps[i]!) gaps[i] = next;
  }
  return gaps;
}
