/** The shadow of the heart, in body coordinates: some ellipses melted into one. */
export interface Heart {
  /** The parts that make its outline. */
  readonly chambers: readonly Ellipse[];
  /** An enlarged left atrium, seen through the rest as a denser disc; undefined where it is of normal size. */
  readonly leftAtrium: Ellipse | undefined;
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
 * @param size factor on its width; its height and the great vessels grow less
 * @param drop how far it lies below its usual place
 * @param enlarged whether the left atrium shows
 */
export function makeHeart(size: number, drop: number, enlarged: boolean): Heart {
  const tall = size ** 0.4;
  const ellipse = (x: number, y: number, a: number, b: number, degrees: number, wide = size): Ellipse => {
    const angle = (degrees * Math.PI) / 180;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    return {
      x: 0.02 + (x - 0.02) * wide,
      y: 0.42 + (y - 0.42) * tall + drop,
      a: a * Math.sqrt((wide * cos) ** 2 + (tall * sin) ** 2),
      b: b * Math.sqrt((wide * sin) ** 2 + (tall * cos) ** 2),
      cos,
      sin,
    };
  };
  return {
    chambers: [
      ellipse(0.092, 0.635, 0.16, 0.098, 36), // left ventricle
      ellipse(-0.012, 0.61, 0.12, 0.078, 90), // right atrium
      ellipse(0.04, 0.635, 0.12, 0.1, 90), // right ventricle
      ellipse(0.038, 0.455, 0.14, 0.07, 90, Math.sqrt(size)), // outflow tracts
    ],
    leftAtrium: enlarged ? ellipse(0.016, 0.54, 0.078, 0.072, 0) : undefined,
  };
}

/** Distance from the heart's border, positive inside; exact near the border, about -1 far away. */
export function heartDepth(heart: Heart, x: number, y: number): number {
  let depth = -1;
  for (const chamber of heart.chambers) {
    const inside = ellipseDepth(chamber, x, y);
    const overlap = Math.max(melting - Math.abs(depth - inside), 0);
    depth = Math.max(depth, inside) + (overlap * overlap) / (4 * melting);
  }
  return depth;
}

/** What an enlarged left atrium adds to the heart's density. */
export function atriumDensity({ leftAtrium }: Heart, x: number, y: number): number {
  if (leftAtrium === undefined) return 0;
  const depth = Math.max(0, ellipseDepth(leftAtrium, x, y) / leftAtrium.b);
  return 0.1 * Math.sqrt(1 - (1 - depth) ** 3);
}

/** Distance from an ellipse's border by f / |grad f|, positive inside; -1 where it is too far away to matter. */
function ellipseDepth({ x: centreX, y: centreY, a, b, cos, sin }: Ellipse, x: number, y: number): number {
  const dx = x - centreX;
  const dy = y - centreY;
  const far = Math.max(a, b) + melting;
  if (dx * dx + dy * dy > far * far) return -1;
  const u = (dx * cos + dy * sin) / a;
  const v = (dy * cos - dx * sin) / b;
  const reach = Math.sqrt(u * u + v * v);
  const slope = Math.sqrt((u * u) / (a * a) + (v * v) / (b * b));
  return slope > 0 ? (reach * (1 - reach)) / slope : Math.min(a, b);
}
