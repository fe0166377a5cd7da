import { type Curve, curveThrough, slopeAt, valueAt } from "./curve.js";

/** One lung: a region between a lateral and a medial wall, ending on the dome of the diaphragm. */
export interface Lung {
  /** -1 for the right lung, on the image's left; 1 for the left lung. */
  readonly side: -1 | 1;
  /** Top of the lung. */
  readonly apex: number;
  /** From the apex to the costophrenic angle. */
  readonly height: number;
  /** Distance of the lateral wall from the midline by the square root of the height's share. */
  readonly lateral: Curve;
  /** Distance of the medial wall from the midline, likewise. */
  readonly medial: Curve;
  /** Height of the diaphragm by the distance from the midline. */
  readonly dome: Curve;
}

/** Builds a lung from a few measures. */
export function makeLung(
  side: -1 | 1,
  measures: {
    /** Top of the lung. */
    readonly apex: number;
    /** Top of the diaphragm's dome. */
    readonly dome: number;
    /** Factor on all distances from the midline. */
    readonly width: number;
  },
): Lung {
  const { apex, dome, width } = measures;
  const across = (points: readonly (readonly [number, number])[]) =>
    curveThrough(points.map(([share, x]) => [share, x * width]));
  const lowest = dome + 0.115;
  return {
    side,
    apex,
    height: lowest - apex,
    lateral: across([
      [0, 0.165],
      [0.2, 0.228],
      [0.4, 0.287],
      [0.6, 0.328],
      [0.8, 0.356],
      [1, 0.37],
      [1.2, 0.37],
    ]),
    medial: across([
      [0, 0.165],
      [0.15, 0.125],
      [0.3, 0.09],
      [0.45, 0.068],
      [0.6, 0.056],
      [0.8, 0.052],
      [1.2, 0.05],
    ]),
    dome: curveThrough(
      Array.from({ length: 13 }, (_, i) => {
        const x = (i / 12) * 0.45;
        const top = 0.165;
        const rise = x > top ? 0.115 * ((x - top) / 0.205) ** 2.3 : 0.012 * ((top - x) / 0.13) ** 2;
        return [x * width, dome + Math.min(rise, 0.16)] as const;
      }),
    ),
  };
}

/** Distance from the lateral wall and the apex, positive inside; `x` is measured from the midline, outward. */
export function lateralDepth(lung: Lung, x: number, y: number): number {
  return wallDepth(lung, lung.lateral, 1, x, y);
}

/** Distance from the medial wall, positive inside. */
export function medialDepth(lung: Lung, x: number, y: number): number {
  return wallDepth(lung, lung.medial, -1, x, y);
}

/** Distance from the diaphragm, positive above it. */
export function domeDepth(lung: Lung, x: number, y: number): number {
  return (valueAt(lung.dome, x) - y) / Math.hypot(1, slopeAt(lung.dome, x));
}

function wallDepth(lung: Lung, wall: Curve, sign: 1 | -1, x: number, y: number): number {
  const down = (y - lung.apex) / lung.height;
  const share = Math.sqrt(Math.max(down, 1e-6));
  // d(wall)/dy by the chain rule; distances are f / |grad f|.
  const slope = slopeAt(wall, share) / (2 * share * lung.height);
  const inside = (sign * (valueAt(wall, share) - x)) / Math.hypot(1, slope);
  return down < 0 ? Math.min(inside, down * lung.height) : inside;
}
