import { ArgumentError } from "../errors.js";
import { isBoxes, type LocalizationTruth, type MarkedMap, markMap, pixelsOf } from "./localizationTruth.js";
import { type EvidenceMap, sizeOf } from "./maskImage.js";

/** A pixel. */
export interface MapPoint {
  /** Row, from 0. */
  readonly row: number;
  /** Column, from 0. */
  readonly column: number;
}

/** When the pointing game is won. */
export interface PointingGameOptions {
  /**
   * How far from the nearest pixel of the truth the peak may lie, centre to centre, in pixels; 15 in the paper, on photographs
   * of about 500 pixels. Default 0.
   */
  readonly tolerance?: number;
}

/**
 * The pointing game (Zhang et al., Top-down neural attention by excitation backprop, IJCV 2018): whether a map's peak lies
 * in the truth, or within a tolerance of it. The peak is the greatest value, the first row by row among equals, as
 * `numpy.argmax` has it. A map without a value above 0 has no peak and misses; NaN values are skipped.
 *
 * A map of a few cells is coarse beside the truth: give the peak that `gradCam` places within the cell, or stretch the map.
 *
 * ```ts
 * pointingGame(cam.peaks[0], [{ x: 120, y: 80, width: 60, height: 40 }]);
 * ```
 *
 * @param map of the truth's size, or its peak in pixels of the truth; undefined for no peak
 * @param truth boxes or a mask; where it is unknown no peak is looked for
 * @returns true for a hit; false, too, for an empty truth
 * @throws ArgumentError when the truth is a mask of another size than the map, or one that the peak lies outside of, a box is
 *   not one or lies wholly outside the map, a peak's row or column is not a number from 0, or the tolerance is not a finite
 *   number from 0
 */
export function pointingGame(
  map: EvidenceMap | MapPoint | undefined,
  truth: LocalizationTruth,
  { tolerance = 0 }: PointingGameOptions = {},
): boolean {
  checkTolerance(tolerance);
  if (map === undefined) return false;
  if (!("row" in map)) {
    const marked = markMap(map, truth);
    return hits(peakOf(marked), marked, tolerance);
  }
  if (!isBoxes(truth)) return hits(map, markMap(truth, truth), tolerance);
  if (!(map.row >= 0 && map.column >= 0)) {
    throw new ArgumentError(
      "map",
      `has its peak in row ${map.row}, column ${map.column}; expected numbers from 0`,
    );
  }
  return truth.some((box, index) => {
    const { left, right, top, bottom } = pixelsOf(box, index);
    const down = Math.max(top - map.row, 0, map.row - (bottom - 1));
    const across = Math.max(left - map.column, 0, map.column - (right - 1));
    return Math.sqrt(down ** 2 + across ** 2) <= tolerance;
  });
}

/** @throws ArgumentError for a tolerance that is not a finite number from 0 */
export function checkTolerance(tolerance: number): void {
  if (tolerance >= 0 && Number.isFinite(tolerance)) return;
  throw new ArgumentError("options.tolerance", `is ${tolerance}; expected a finite number from 0`);
}

/** The greatest known value, the first row by row among equals; undefined without a value above 0. */
export function peakOf({ values, marks, width }: MarkedMap): MapPoint | undefined {
  let peak = -1;
  let greatest = 0;
  for (let i = 0; i < marks.length; i++) {
    if (!(values[i]! > greatest) || marks[i] === 2) continue;
    greatest = values[i]!;
    peak = i;
  }
  return peak < 0 ? undefined : { row: Math.floor(peak / width), column: peak % width };
}

/**
 * Whether a marked pixel lies within the tolerance of the peak.
 *
 * @throws ArgumentError when the peak is outside the map
 */
export function hits(
  peak: MapPoint | undefined,
  { marks, height, width }: Omit<MarkedMap, "values">,
  tolerance: number,
): boolean {
  if (peak === undefined) return false;
  if (!(peak.row >= 0 && peak.row < height && peak.column >= 0 && peak.column < width)) {
    throw new ArgumentError(
      "map",
      `has its peak in row ${peak.row}, column ${peak.column}, outside the truth of ${sizeOf({ height, width })}; is it of another size?`,
    );
  }
  const [top, bottom] = [peak.row - tolerance, peak.row + tolerance].map(Math.ceil) as [number, number];
  const [left, right] = [peak.column - tolerance, peak.column + tolerance].map(Math.ceil) as [number, number];
  for (let row = Math.max(0, top); row <= Math.min(height - 1, bottom); row++) {
    for (let column = Math.max(0, left); column <= Math.min(width - 1, right); column++) {
      if (marks[row * width + column] !== 1) continue;
      if (Math.sqrt((row - peak.row) ** 2 + (column - peak.column) ** 2) <= tolerance) return true;
    }
  }
  return false;
}
