import type { RandomStream } from "../random.js";
import type { ImageShape } from "./baseline.js";

/** A neighbour, down and across, and how much it counts. */
const neighbours = [-1, 0, 1].flatMap((down) =>
  [-1, 0, 1]
    .filter((across) => down !== 0 || across !== 0)
    .map((across) => ({ down, across, weight: down === 0 || across === 0 ? 1 / 6 : 1 / 12 })),
);

/**
 * Fills removed pixels from what is around them (Rong et al., A consistent and efficient evaluation strategy for attribution
 * methods, ICML 2022, section 4: noisy linear imputation): each removed pixel is the mean of its eight neighbours, weighed
 * 1/6 beside and 1/12 across the corner and anew at the rim, removed neighbours included; so a linear system, channel by
 * channel, to which noise is added at the end. Solved by conjugate gradients until the residual's norm is 1e-10 of the right
 * side's. Where a pixel beside a hole is not finite, all removed pixels of that channel become NaN.
 *
 * @param pixels row-major, [height, width, channels]
 * @param removed places of pixels that are filled, in any order; at least one pixel must stay
 * @param noise how much a number of a standard normal distribution counts, in units of the pixels
 * @returns a new image
 */
export function noisyLinearImputation(
  pixels: Float32Array,
  shape: ImageShape,
  removed: Uint32Array,
  noise: number,
  random: RandomStream,
): Float32Array {
  const [height, width, channels] = shape;
  const filled = removed.slice().sort();
  const system = systemOf(filled, height, width);
  const result = pixels.slice();
  let before: { readonly side: Float64Array; readonly solution: Float64Array } | undefined;
  for (let channel = 0; channel < channels; channel++) {
    const side = rightSide(system, pixels, channels, channel);
    // Grey films often come as three equal channels.
    const same = before?.side.every((value, i) => value === side[i]);
    const solution = same ? before!.solution : solved(system, side);
    for (const [i, pixel] of filled.entries()) result[pixel * channels + channel] = solution[i]!;
    before = { side, solution };
  }
  if (noise !== 0)
    for (const pixel of filled)
      for (let c = 0; c < channels; c++) result[pixel * channels + c]! += noise * random.normal();
  return result;
}

/** The equations: total x = sum of weights times removed neighbours + sum of weights times known ones. */
interface NeighbourSystem {
  /** Eight an equation: which unknown, or -1. */
  readonly unknown: Int32Array;
  /** Eight an equation: which pixel of the image, or -1 where the neighbour is removed or outside. */
  readonly known: Int32Array;
  /** Sum of the weights of the neighbours inside the image. */
  readonly total: Float64Array;
}

function systemOf(removed: Uint32Array, height: number, width: number): NeighbourSystem {
  const place = new Int32Array(height * width).fill(-1);
  for (const [i, pixel] of removed.entries()) place[pixel] = i;
  const unknown = new Int32Array(8 * removed.length).fill(-1);
  const known = new Int32Array(8 * removed.length).fill(-1);
  const total = new Float64Array(removed.length);
  for (const [i, pixel] of removed.entries()) {
    const row = Math.floor(pixel / width);
    for (const [k, { down, across, weight }] of neighbours.entries()) {
      const [y, x] = [row + down, (pixel % width) + across];
      if (y < 0 || x < 0 || y >= height || x >= width) continue;
      const neighbour = y * width + x;
      unknown[8 * i + k] = place[neighbour]!;
      if (place[neighbour]! < 0) known[8 * i + k] = neighbour;
      total[i]! += weight;
    }
  }
  return { unknown, known, total };
}

const weights = Float64Array.from(neighbours, ({ weight }) => weight);

function rightSide(
  { known, total }: NeighbourSystem,
  pixels: Float32Array,
  channels: number,
  channel: number,
): Float64Array {
  const side = new Float64Array(total.length);
  for (let i = 0; i < known.length; i++) {
    const pixel = known[i]!;
    if (pixel >= 0) side[i >> 3]! += weights[i & 7]! * pixels[pixel * channels + channel]!;
  }
  return side;
}

/**
 * Conjugate gradients: the matrix is symmetric, and definite as every hole has a known pixel at its rim. Preconditioned by a
 * modified incomplete factorisation (Gustafsson 1978) that keeps the matrix's own entries and moves most of what it drops
 * to the diagonal.
 */
function solved(system: NeighbourSystem, side: Float64Array): Float64Array {
  const { unknown, total } = system;
  const size = side.length;
  const pivots = pivotsOf(system);
  const solution = new Float64Array(size);
  const residual = side.slice();
  const direction = preconditioned(system, pivots, residual);
  const product = new Float64Array(size);
  const enough = dot(residual, residual) * 1e-20;
  if (!Number.isFinite(enough)) return solution.fill(Number.NaN);
  let fall = dot(residual, direction);
  for (let turn = 0; turn < 20 * size && dot(residual, residual) > enough; turn++) {
    for (let i = 0; i < size; i++) {
      let value = total[i]! * direction[i]!;
      for (let k = 0; k < 8; k++) {
        const other = unknown[8 * i + k]!;
        if (other >= 0) value -= weights[k]! * direction[other]!;
      }
      product[i] = value;
    }
    const step = fall / dot(direction, product);
    for (let i = 0; i < size; i++) {
      solution[i]! += step * direction[i]!;
      residual[i]! -= step * product[i]!;
    }
    const steepest = preconditioned(system, pivots, residual);
    const next = dot(residual, steepest);
    for (let i = 0; i < size; i++) direction[i] = steepest[i]! + (next / fall) * direction[i]!;
    fall = next;
  }
  return solution;
}

/** How much of what the factorisation drops goes to the diagonal; all of it could make a pivot 0. */
const moved = 0.97;

/** Of an unknown's neighbours, the first four come before it in the system, the last four after it. */
function pivotsOf({ unknown, total }: NeighbourSystem): Float64Array {
  const pivots = total.slice();
  const after = Float64Array.from(total, (_, i) => {
    let sum = 0;
    for (let k = 4; k < 8; k++) if (unknown[8 * i + k]! >= 0) sum += weights[k]!;
    return sum;
  });
  for (let i = 0; i < pivots.length; i++) {
    for (let k = 0; k < 4; k++) {
      const other = unknown[8 * i + k]!;
      if (other < 0) continue;
      const weight = weights[k]!;
      pivots[i]! -= (weight * (weight + moved * (after[other]! - weight))) / pivots[other]!;
    }
  }
  return pivots;
}

/** Forward and backward substitution. */
function preconditioned(
  { unknown }: NeighbourSystem,
  pivots: Float64Array,
  residual: Float64Array,
): Float64Array {
  const result = new Float64Array(residual.length);
  for (let i = 0; i < result.length; i++) {
    let value = residual[i]!;
    for (let k = 0; k < 4; k++) {
      const other = unknown[8 * i + k]!;
      if (other >= 0) value += weights[k]! * result[other]!;
    }
    result[i] = value / pivots[i]!;
  }
  for (let i = result.length - 1; i >= 0; i--) {
    let value = 0;
    for (let k = 4; k < 8; k++) {
      const other = unknown[8 * i + k]!;
      if (other >= 0) value += weights[k]! * result[other]!;
    }
    result[i]! += value / pivots[i]!;
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
