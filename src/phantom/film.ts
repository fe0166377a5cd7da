/**
 * The film's geometry and the drawing of rods on it.
 *
 * Anatomy is described in body coordinates: the unit is the width of the film, x runs from the midline to the image's
 * right (the patient's left), y runs down from the upper rim of a film without tilt or shift.
 */

/** How the body lies on the film. */
export interface Pose {
  /** Magnification. */
  readonly scale: number;
  /** Rotation, in radians. */
  readonly angle: number;
  /** Shift to the right and down, in film widths. */
  readonly shift: readonly [x: number, y: number];
}

/** A film of some size. */
export interface Film {
  /** Rows and columns. */
  readonly size: number;
  /** Width of a pixel in body coordinates. */
  readonly pixel: number;
  /** Body coordinates of the centre of the first pixel. */
  readonly origin: readonly [x: number, y: number];
  /** What one column to the right adds to the body coordinates; one row down adds (-y, x) of it. */
  readonly step: readonly [x: number, y: number];
  /** Work space of {@link drawRod}; all 0 between calls. */
  readonly scratch: Float32Array;
}

/** A place on the midline of a rod, in body coordinates. */
export interface RodPoint {
  /** From the midline to the image's right. */
  readonly x: number;
  /** Down the film. */
  readonly y: number;
  /** Of the rod, here. */
  readonly radius: number;
  /** Share of the rod's density here, 1 by default. */
  readonly strength?: number;
}

/** Lays a film of `size` pixels a side under a body. */
export function layFilm(size: number, pose: Pose): Film {
  const pixel = 1 / (size * pose.scale);
  const stepX = pixel * Math.cos(pose.angle);
  const stepY = -pixel * Math.sin(pose.angle);
  // The film's centre sees the body at (0, 0.5), moved by the shift.
  const half = (size - 1) / 2;
  const originX = -pose.shift[0] - half * stepX + half * stepY;
  const originY = 0.5 - pose.shift[1] - half * stepY - half * stepX;
  return {
    size,
    pixel,
    origin: [originX, originY],
    step: [stepX, stepY],
    scratch: new Float32Array(size * size),
  };
}

function columnOf({ origin, step, pixel }: Film, x: number, y: number): number {
  return ((x - origin[0]) * step[0] + (y - origin[1]) * step[1]) / (pixel * pixel);
}

function rowOf({ origin, step, pixel }: Film, x: number, y: number): number {
  return ((y - origin[1]) * step[0] - (x - origin[0]) * step[1]) / (pixel * pixel);
}

/**
 * Adds a bent rod to a layer: at each pixel `density` times the rod's radius times a round profile. Rods thinner than a
 * pixel are widened and thinned out alike, so that a film of any size shows the same amount.
 *
 * @param layer one value a pixel, row by row
 * @param path the rod's midline, two points at least
 */
export function drawRod(film: Film, layer: Float32Array, path: readonly RodPoint[], density: number): void {
  const { size, pixel, scratch } = film;
  let top = size;
  let bottom = -1;
  let left = size;
  let right = -1;
  let bx = 0;
  let by = 0;
  let radiusB = 0;
  let strengthB = 0;
  for (let i = 0; i < path.length; i++) {
    const ax = bx;
    const ay = by;
    const radiusA = radiusB;
    const strengthA = strengthB;
    const { x, y, radius, strength = 1 } = path[i]!;
    bx = columnOf(film, x, y);
    by = rowOf(film, x, y);
    radiusB = radius / pixel;
    strengthB = strength;
    if (i === 0) continue;
    const thickest = Math.max(radiusA, radiusB);
    const reach = Math.sqrt(thickest * thickest + softness * softness);
    const x0 = Math.max(0, Math.ceil(Math.min(ax, bx) - reach));
    const x1 = Math.min(size - 1, Math.floor(Math.max(ax, bx) + reach));
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by) - reach));
    const y1 = Math.min(size - 1, Math.floor(Math.max(ay, by) + reach));
    if (x0 > x1 || y0 > y1) continue;
    left = Math.min(left, x0);
    right = Math.max(right, x1);
    top = Math.min(top, y0);
    bottom = Math.max(bottom, y1);
    const dx = bx - ax;
    const dy = by - ay;
    const length2 = dx * dx + dy * dy || 1;
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const t = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / length2, 0), 1);
        const offX = x - ax - t * dx;
        const offY = y - ay - t * dy;
        const radius = radiusA + t * (radiusB - radiusA);
        const wide2 = radius * radius + softness * softness;
        const off2 = (offX * offX + offY * offY) / wide2;
        if (off2 >= 1) continue;
        const strength = strengthA + t * (strengthB - strengthA);
        const value = ((strength * radius * radius) / Math.sqrt(wide2)) * (1 - off2 * off2);
        const at = y * size + x;
        if (value > scratch[at]!) scratch[at] = value;
      }
    }
  }
  for (let y = top; y <= bottom; y++) {
    for (let at = y * size + left; at <= y * size + right; at++) {
      layer[at]! += density * pixel * scratch[at]!;
      scratch[at] = 0;
    }
  }
}

/** Half the width over which a rod's edge fades, in pixels. */
const softness = 0.7;

/** A cubic Bézier curve as a rod of evenly spaced parameters. */
export function bezierRod(
  [p0, p1, p2, p3]: readonly [Point, Point, Point, Point],
  radius: (t: number) => number,
  strength: (t: number) => number = () => 1,
  pieces = 12,
): RodPoint[] {
  return Array.from({ length: pieces + 1 }, (_, i) => {
    const t = i / pieces;
    const s = 1 - t;
    const mix = (axis: 0 | 1) =>
      s ** 3 * p0[axis] + 3 * s ** 2 * t * p1[axis] + 3 * s * t ** 2 * p2[axis] + t ** 3 * p3[axis];
    return { x: mix(0), y: mix(1), radius: radius(t), strength: strength(t) };
  });
}

/** A place in body coordinates. */
export type Point = readonly [x: number, y: number];
