import type { RandomStream } from "../random.js";

/** Smooth noise over the body: about -1 to 1 at (x, y) in lattice steps. */
export type Texture = (x: number, y: number) => number;

const tile = 32;

/** Value noise: random values on a lattice of 32 x 32 that repeats, blended smoothly in between. */
export function makeTexture(random: RandomStream): Texture {
  const lattice = Float32Array.from({ length: tile * tile }, () => 2 * random.uniform() - 1);
  return (x, y) => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const u = x - column;
    const v = y - row;
    const s = u * u * (3 - 2 * u);
    const t = v * v * (3 - 2 * v);
    const left = column & (tile - 1);
    const right = (column + 1) & (tile - 1);
    const upper = (row & (tile - 1)) * tile;
    const lower = ((row + 1) & (tile - 1)) * tile;
    const a = lattice[upper + left]! + s * (lattice[upper + right]! - lattice[upper + left]!);
    const b = lattice[lower + left]! + s * (lattice[lower + right]! - lattice[lower + left]!);
    return a + t * (b - a);
  };
}
