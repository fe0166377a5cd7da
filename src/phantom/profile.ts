/** Small functions of distances that loops over pixels share. */

/** Chord of a round body by the depth below its surface, both as shares: 0 at the surface, 1 at the centre. */
export function roundness(depth: number): number {
  if (depth <= 0) return 0;
  if (depth >= 1) return 1;
  const out = 1 - depth;
  return Math.sqrt(1 - out * out * out);
}

/** How much of a pixel lies inside a border, by the depth of its centre and the width over which the border fades. */
export function coverage(depth: number, width: number): number {
  const share = Math.min(Math.max(0.5 + depth / width, 0), 1);
  return share * share * (3 - 2 * share);
}

/** Math.hypot takes several times as long. */
export function distance(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}
