import type { Point } from "./unitSquare.js";

/** A curve without the points that would not be seen: those hardly further than the one before, but never the last. */
export function visiblePoints(xs: Float64Array, ys: Float64Array): Point[] {
  const visible = 0.002;
  const points: Point[] = [];
  for (let i = 0; i < xs.length; i++) {
    const point = { x: xs[i]!, y: ys[i]! };
    const last = points.at(-1);
    if (
      last === undefined ||
      i === xs.length - 1 ||
      Math.abs(point.x - last.x) >= visible ||
      Math.abs(point.y - last.y) >= visible
    ) {
      points.push(point);
    }
  }
  return points;
}
