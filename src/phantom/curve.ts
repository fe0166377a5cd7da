/** A function of one number as a table, so that loops over pixels can read it quickly. */
export interface Curve {
  /** First argument of the table. */
  readonly from: number;
  /** Places of the table per unit of the argument. */
  readonly density: number;
  /** Values at evenly spaced arguments. */
  readonly values: Float64Array;
  /** 1 / sqrt(1 + slope^2) at the same places: turns a distance along the value's axis into one across the curve. */
  readonly cosines: Float64Array;
}

const steps = 400;

/**
 * Tabulates a function between two arguments.
 *
 * @param unit how long the argument's unit is, in units of the value
 */
export function tabulate(value: (at: number) => number, from: number, to: number, unit = 1): Curve {
  const step = (to - from) / steps;
  const values = Float64Array.from({ length: steps + 1 }, (_, i) => value(from + i * step));
  const cosines = Float64Array.from(values, (_, i) => {
    const before = Math.max(i - 1, 0);
    const after = Math.min(i + 1, steps);
    const slope = (values[after]! - values[before]!) / ((after - before) * step * unit);
    return 1 / Math.sqrt(1 + slope * slope);
  });
  return { from, density: 1 / step, values, cosines };
}

/** The curve's value; an argument outside the table is moved to the nearer end. */
export function valueAt(curve: Curve, at: number): number {
  const place = Math.min(Math.max((at - curve.from) * curve.density, 0), steps);
  const i = Math.min(Math.floor(place), steps - 1);
  const low = curve.values[i]!;
  return low + (place - i) * (curve.values[i + 1]! - low);
}

/** How far the point (`at`, `value`) lies below the curve, measured across it; negative above. */
export function depthBelow(curve: Curve, at: number, value: number): number {
  const place = Math.min(Math.max((at - curve.from) * curve.density, 0), steps);
  const i = Math.min(Math.floor(place), steps - 1);
  const low = curve.values[i]!;
  return (low + (place - i) * (curve.values[i + 1]! - low) - value) * curve.cosines[i]!;
}

/** The cubic Hermite spline through points [x, y] of growing x; its tangents are the chords of the neighbours. */
export function splineThrough(points: readonly (readonly [x: number, y: number])[]): (x: number) => number {
  const tangents = points.map((_, i) => {
    const [x0, y0] = points[Math.max(i - 1, 0)]!;
    const [x1, y1] = points[Math.min(i + 1, points.length - 1)]!;
    return (y1 - y0) / (x1 - x0);
  });
  return (x) => {
    let i = 0;
    while (i < points.length - 2 && x > points[i + 1]![0]) i++;
    const [x0, y0] = points[i]!;
    const [x1, y1] = points[i + 1]!;
    const width = x1 - x0;
    const t = (x - x0) / width;
    const s = 1 - t;
    return (
      s * s * ((1 + 2 * t) * y0 + t * width * tangents[i]!) +
      t * t * ((1 + 2 * s) * y1 - s * width * tangents[i + 1]!)
    );
  };
}
