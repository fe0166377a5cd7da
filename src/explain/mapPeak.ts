/** A place in an input image. */
export interface MapPeak {
  /** Row of the input pixel, from 0. */
  readonly row: number;
  /** Column of the input pixel, from 0. */
  readonly column: number;
}

/**
 * The input pixel under a map's peak, the map being stretched over the whole image. The peak is the greatest cell (the
 * first in row-major order among equals), placed within the cell by the parabola through it and its two neighbours,
 * down and across: maps have few cells, and the neighbours tell to which side the evidence leans. Beyond the map's edge
 * the evidence is 0.
 *
 * @param map values of at least 0, row-major
 * @param shape of the map
 * @param input shape of the image
 * @returns undefined for a map without a positive value, or with NaN
 */
export function mapPeak(
  map: Float32Array,
  [height, width]: readonly [number, number],
  [inputHeight, inputWidth]: readonly [number, number],
): MapPeak | undefined {
  if (map.some(Number.isNaN)) return undefined;
  const cell = map.reduce((best, value, i) => (value > map[best]! ? i : best), 0);
  const greatest = map[cell]!;
  if (greatest <= 0) return undefined;
  const row = Math.floor(cell / width);
  const column = cell % width;
  const above = row > 0 ? map[cell - width]! : 0;
  const below = row < height - 1 ? map[cell + width]! : 0;
  const left = column > 0 ? map[cell - 1]! : 0;
  const right = column < width - 1 ? map[cell + 1]! : 0;
  return {
    row: Math.floor(((row + 0.5 + vertex(above, greatest, below)) * inputHeight) / height),
    column: Math.floor(((column + 0.5 + vertex(left, greatest, right)) * inputWidth) / width),
  };
}

/** Where the parabola through three values at -1, 0 and 1 is highest, the middle one being the greatest: within +-1/2. */
function vertex(before: number, middle: number, after: number): number {
  const curvature = before - 2 * middle + after;
  // Equal to both neighbours: no side is preferred. Just below 1/2 stays within the cell.
  return curvature === 0 ? 0 : Math.min((0.5 * (before - after)) / curvature, 0.499999);
}
