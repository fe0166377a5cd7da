/** The shadow of the heart: some ellipses melted into one, in body coordinates. */
export interface Heart {
  readonly chambers: readonly Ellipse[];
}

interface Ellipse {
  readonly x: number;
  readonly y: number;
  /** Half axes. */
  readonly a: number;
  readonly b: number;
  /** Direction of the first axis. */
  readonly cos: number;
  readonly sin: number;
}

/** How far apart two chambers' borders may lie and still melt. */
const melting = 0.07;

/**
 * Builds a heart.
 *
 * @param size factor on its width; its height grows less
 * @param drop how far it lies below its usual place
 */
export function makeHeart(size: number, drop: number): Heart {
  const tall = size ** 0.4;
  const chamber = (x: number, y: number, a: number, b: number, degrees: number): Ellipse => {
    const angle = (degrees * Math.PI) / 180;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    return {
      x: 0.02 + (x - 0.02) * size,
      y: 0.42 + (y - 0.42) * tall + drop,
      a: a * Math.sqrt((size * cos) ** 2 + (tall * sin) ** 2),
      b: b * Math.sqrt((size * sin) ** 2 + (tall * cos) ** 2),
      cos,
      sin,
    };
  };
  return {
    chambers: [
      chamber(0.092, 0.635, 0.16, 0.098, 36), // left ventricle
      chamber(-0.012, 0.61, 0.12, 0.078, 90), // right atrium
      chamber(0.04, 0.635, 0.12, 0.1, 90), // right ventricle
      chamber(0.038, 0.455, 0.14, 0.07, 90), // outflow tracts
    ],
  };
}

/** Distance from the heart's border, positive inside; exact near the border, about -1 far away. */
export function heartDepth(heart: Heart, x: number, y: number): number {
  let depth = -1;
  for (const { x: cx, y: cy, a, b, cos, sin } of heart.chambers) {
    const dx = x - cx;
    const dy = y - cy;
    if (dx * dx + dy * dy > (a + melting) * (a + melting)) continue;
    const u = (dx * cos + dy * sin) / a;
    const v = (dy * cos - dx * sin) / b;
    const reach = Math.sqrt(u * u + v * v);
    const slope = Math.sqrt((u * u) / (a * a) + (v * v) / (b * b));
    const inside = slope > 0 ? (reach * (1 - reach)) / slope : b;
    const overlap = Math.max(melting - Math.abs(depth - inside), 0);
    depth = Math.max(depth, inside) + (overlap * overlap) / (4 * melting);
  }
  return depth;
}
