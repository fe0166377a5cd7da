/** An ellipse in body coordinates. */
interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly cos: number;
  readonly sin: number;
}

/** The shadow of the heart: some ellipses melted into one. */
export interface Heart {
  readonly chambers: readonly Ellipse[];
}

/**
 * Builds a heart.
 *
 * @param size factor on its width; its height grows less
 * @param drop how far the heart follows the diaphragm down
 */
export function makeHeart(size: number, drop: number): Heart {
  const tall = size ** 0.4;
  const ellipse = (x: number, y: number, a: number, b: number, degrees: number): Ellipse => {
    const angle = (degrees * Math.PI) / 180;
    return {
      x: 0.02 + (x - 0.02) * size,
      y: 0.42 + (y - 0.42) * tall + drop,
      a: a * (degrees % 90 === 0 ? tall : size),
      b: b * (degrees % 90 === 0 ? size : tall),
      cos: Math.cos(angle),
      sin: Math.sin(angle),
    };
  };
  return {
    chambers: [
      ellipse(0.092, 0.635, 0.16, 0.098, 36), // left ventricle
      ellipse(-0.012, 0.61, 0.12, 0.078, 90), // right atrium
      ellipse(0.04, 0.635, 0.12, 0.1, 90), // right ventricle
      ellipse(0.038, 0.455, 0.14, 0.07, 90), // outflow tracts
    ],
  };
}

/** Distance from the heart's border, positive inside; exact near the border only. */
export function heartDepth(heart: Heart, x: number, y: number): number {
  let depth = -1;
  for (const { x: cx, y: cy, a, b, cos, sin } of heart.chambers) {
    const u = (x - cx) * cos + (y - cy) * sin;
    const v = (y - cy) * cos - (x - cx) * sin;
    const reach = Math.hypot(u / a, v / b);
    const slope = Math.hypot(u / (a * a), v / (b * b));
    depth = smoothMaximum(depth, slope > 0 ? (reach * (1 - reach)) / slope : Math.min(a, b), 0.07);
  }
  return depth;
}

function smoothMaximum(a: number, b: number, width: number): number {
  const overlap = Math.max(width - Math.abs(a - b), 0);
  return Math.max(a, b) + (overlap * overlap) / (4 * width);
}
