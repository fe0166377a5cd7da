import { type Curve, depthBelow, splineThrough, tabulate, valueAt } from "./curve.js";

/**
 * One lung: a region between a lateral and a medial wall, ending on the dome of the diaphragm. Distances from the midline
 * are positive on both sides.
 */
export interface Lung {
  /** -1 for the right lung, on the image's left; 1 for the left lung. */
  readonly side: -1 | 1;
  /** Top of the lung. */
  readonly apex: number;
  /** From the apex to the costophrenic angle. */
  readonly height: number;
  /** Top of the diaphragm's dome. */
  readonly dome: number;
  /** Factor on all distances from the midline. */
  readonly width: number;
}

/** How far the costophrenic angle lies below the dome's top. */
const angleDepth = 0.115;

/** Builds a lung from its top, the top of its diaphragm and a factor on its distances from the midline. */
export function makeLung(side: -1 | 1, apex: number, dome: number, width: number): Lung {
  return { side, apex, dome, width, height: dome + angleDepth - apex };
}

/** A wall's distance from the midline by the share of the lung's height. The square root rounds the apex. */
function wall(points: readonly (readonly [rootOfShare: number, x: number])[]): Curve {
  const shape = splineThrough(points);
  return tabulate((share) => shape(Math.sqrt(share)), 0, 1.4, 0.68);
}

const lateralWall = wall([
  [0, 0.165],
  [0.2, 0.228],
  [0.4, 0.287],
  [0.6, 0.328],
  [0.8, 0.356],
  [1, 0.37],
  [1.2, 0.37],
]);

const medialWall = wall([
  [0, 0.165],
  [0.15, 0.125],
  [0.3, 0.09],
  [0.45, 0.068],
  [0.6, 0.056],
  [0.8, 0.052],
  [1.2, 0.05],
]);

/** How far the diaphragm lies below its dome's top, by the distance from the midline. */
const diaphragm = tabulate(
  (x) => {
    const crest = 0.165;
    const fall = x > crest ? angleDepth * ((x - crest) / 0.205) ** 2.3 : 0.012 * ((crest - x) / 0.13) ** 2;
    return Math.min(fall, 0.16);
  },
  0,
  0.5,
);

/** Distance of the lateral wall from the midline. */
export function lateralX({ apex, height, width }: Lung, y: number): number {
  return width * valueAt(lateralWall, (y - apex) / height);
}

/** Distance of the medial wall from the midline. */
export function medialX({ apex, height, width }: Lung, y: number): number {
  return width * valueAt(medialWall, (y - apex) / height);
}

/** Height of the diaphragm on the film; `x` is measured from the midline, outward. */
export function diaphragmY({ dome, width }: Lung, x: number): number {
  return dome + valueAt(diaphragm, x / width);
}

/** Distance from the lateral wall and the apex, positive inside; `x` is measured from the midline, outward. */
export function lateralDepth({ apex, height, width }: Lung, x: number, y: number): number {
  const inside = width * depthBelow(lateralWall, (y - apex) / height, x / width);
  return y < apex ? Math.min(inside, y - apex) : inside;
}

/** Distance from the medial wall and the apex, positive inside. */
export function medialDepth({ apex, height, width }: Lung, x: number, y: number): number {
  const inside = -width * depthBelow(medialWall, (y - apex) / height, x / width);
  return y < apex ? Math.min(inside, y - apex) : inside;
}

/** Distance from the diaphragm, positive above it. */
export function domeDepth({ dome, width }: Lung, x: number, y: number): number {
  return depthBelow(diaphragm, x / width, y - dome);
}
