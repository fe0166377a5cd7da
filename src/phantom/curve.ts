/** A smooth curve y(x), tabulated with its slope, so that the inside of a loop can read it quickly. */
export interface Curve {
  /** First and last x. */
  readonly from: number;
  readonly to: number;
  /** Value at evenly spaced x. */
  readonly values: Float64Array;
  /** Derivative at the same places. */
  readonly slopes: Float64Array;
}

const steps = 128;

/** The Catmull-Rom spline through points [x, y] of growing x, with its natural tangents at unevenly spaced points. */
export function curveThrough(points: readonly (readonly [x: number, y: number])[]): Curve {
  const tangent = (i: number) => {
    const [x0, y0] = points[Math.max(i - 1, 0)]!;
    const [x1, y1] = points[Math.min(i + 1, points.length - 1)]!;
    return (y1 - y0) / (x1 - x0);
  };
  const from = points[0]![0];
  const to = points.at(-1)![0];
  const values = new Float64Array(steps + 1);
  const slopes = new Float64Array(steps + 1);
  for (let k = 0, i = 0; k <= steps; k++) {
    const x = from + ((to - from) * k) / steps;
    while (i < points.length - 2 && x > points[i + 1]![0]) i++;
    const [x0, y0] = points[i]!;
    const [x1, y1] = points[i + 1]!;
    const width = x1 - x0;
    const t = (x - x0) / width;
    const m0 = tangent(i) * width;
    const m1 = tangent(i + 1) * width;
    values[k] =
      (2 * t ** 3 - 3 * t ** 2 + 1) * y0 +
      (t ** 3 - 2 * t ** 2 + t) * m0 +
      (3 * t ** 2 - 2 * t ** 3) * y1 +
      (t ** 3 - t ** 2) * m1;
    slopes[k] =
      ((6 * t ** 2 - 6 * t) * (y0 - y1) + (3 * t ** 2 - 4 * t + 1) * m0 + (3 * t ** 2 - 2 * t) * m1) / width;
  }
  return { from, to, values, slopes };
}

/** The curve's value; x outside its span is moved to the nearer end. */
export function valueAt(curve: Curve, x: number): number {
  return read(curve, curve.values, x);
}

/** The curve's slope; x outside its span is moved to the nearer end. */
export function slopeAt(curve: Curve, x: number): number {
  return read(curve, curve.slopes, x);
}

function read({ from, to }: Curve, table: Float64Array, x: number): number {
  const place = Math.min(Math.max((x - from) / (to - from), 0), 1) * steps;
  const i = Math.min(Math.floor(place), steps - 1);
  return table[i]! + (place - i) * (table[i + 1]! - table[i]!);
}
