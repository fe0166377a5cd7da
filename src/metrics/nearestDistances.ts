import { envelopeDistances } from "./envelopeDistances.js";

/** Pixels of a grid, each by row x width + column, ascending. */
export interface GridPixels {
  /** Rows of the grid. */
  readonly height: number;
  /** Columns of the grid. */
  readonly width: number;
  /** From these. */
  readonly from: Int32Array;
  /** To the nearest of these; at least one. */
  readonly to: Int32Array;
}

/**
 * The exact Euclidean distance of each pixel of `from` to the nearest one of `to`, centre to centre.
 *
 * Looks for the nearest pixel row by row, away from each pixel, and ends where no further row can hold a nearer one: a few
 * steps where two contours lie close together. Where it takes more steps than the grid has pixels, a distance transform of
 * the grid does the rest, so time grows at most with the area.
 *
 * @param spacing from one row to the next, and from one column to the next
 */
export function nearestDistances(
  pixels: GridPixels,
  [down, across]: readonly [number, number],
): Float64Array {
  const { height, width, from, to } = pixels;
  const starts = rowStarts(to, height, width);
  // In each row, the first pixel at or after the column last asked for: it is near the next one's.
  const cursors = starts.slice();
  const ratio = down / across;
  const squares = new Float64Array(from.length);
  let steps = height * width;
  // The nearest of the pixel before.
  let nearRow = 0;
  let nearColumn = Number.POSITIVE_INFINITY;
  let done = 0;
  for (; done < from.length && steps > 0; done++) {
    const column = from[done]! % width;
    const row = (from[done]! - column) / width;
    let least = ((row - nearRow) * ratio) ** 2 + (column - nearColumn) ** 2;
    const reach = Math.max(row, height - 1 - row);
    for (let away = 0; away <= reach; away++) {
      const rise = (away * ratio) ** 2;
      if (rise >= least) break;
      steps--;
      for (let side = away === 0 ? 1 : -1; side <= 1; side += 2) {
        const other = row + side * away;
        if (other < 0 || other >= height) continue;
        const first = starts[other]!;
        const end = starts[other + 1]!;
        if (first === end) continue;
        const line = other * width;
        const place = line + column;
        let after = cursors[other]!;
        while (after < end && to[after]! < place) after++;
        while (after > first && to[after - 1]! >= place) after--;
        cursors[other] = after;
        for (let k = Math.max(first, after - 1); k <= after && k < end; k++) {
          const square = rise + (to[k]! - line - column) ** 2;
          if (square >= least) continue;
          least = square;
          nearRow = other;
          nearColumn = to[k]! - line;
        }
      }
    }
    squares[done] = least;
  }
  if (done < from.length) {
    const rest = from.subarray(done);
    squares.set(envelopeDistances({ height, width, from: rest, to }, ratio), done);
  }
  for (let i = 0; i < squares.length; i++) squares[i] = across * Math.sqrt(squares[i]!);
  return squares;
}

/** Where each row's pixels start, and after the last row where they end. */
function rowStarts(pixels: Int32Array, height: number, width: number): Int32Array {
  const starts = new Int32Array(height + 1);
  let k = 0;
  for (let row = 0; row <= height; row++) {
    while (k < pixels.length && pixels[k]! < row * width) k++;
    starts[row] = k;
  }
  return starts;
}
