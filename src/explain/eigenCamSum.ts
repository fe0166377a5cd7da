import type { Tensor4D } from "@tensorflow/tfjs-core";
import ndarray, { type NdArray } from "ndarray";
import { randomStream } from "../random.js";

/** The first principal component of a layer's output, each image by itself: [batch, mapHeight, mapWidth]. */
export async function eigenCamSum(activation: Tensor4D): Promise<NdArray<Float32Array>> {
  const [batch, height, width, channels] = activation.shape;
  const values = (await activation.data()) as Float32Array;
  const cells = height * width;
  const sum = new Float32Array(batch * cells);
  for (let i = 0; i < batch; i++) {
    const one = values.subarray(i * cells * channels, (i + 1) * cells * channels);
    sum.set(principalComponent(one, cells, channels), i * cells);
  }
  return ndarray(sum, [batch, height, width]);
}

/**
 * The cells' coordinates along the direction in channel space in which they differ most: the first left singular vector
 * of the centred [cells, channels] matrix times its singular value. Its sign is such that the covariance with the mean
 * over the channels is not negative. All 0 where no two cells differ; NaN where a value is NaN.
 *
 * @param values row-major, [cells, channels]
 */
export function principalComponent(values: Float32Array, cells: number, channels: number): Float64Array {
  const centred = Float64Array.from(values);
  for (let k = 0; k < channels; k++) {
    // From the first cell, so that equal cells are exactly 0 apart.
    const first = centred[k]!;
    for (let i = k; i < centred.length; i += channels) centred[i]! -= first;
    let total = 0;
    for (let i = k; i < centred.length; i += channels) total += centred[i]!;
    for (let i = k; i < centred.length; i += channels) centred[i]! -= total / cells;
  }
  // The smaller of the two Gram matrices has the same singular values.
  const byCell = cells <= channels;
  const vector = leadingEigenvector(gramMatrix(centred, cells, channels, byCell));
  const component = byCell
    ? scaled(vector, lengthAcross(centred, vector, channels))
    : timesColumns(centred, vector, cells);
  let covariance = 0;
  for (let i = 0; i < centred.length; i++) covariance += centred[i]! * component[Math.floor(i / channels)]!;
  return covariance < 0 ? scaled(component, -1) : component;
}

/** X X' of a row-major matrix, or X' X. */
function gramMatrix(x: Float64Array, rows: number, columns: number, byRow: boolean): Float64Array[] {
  const vectors = byRow
    ? Array.from({ length: rows }, (_, r) => x.subarray(r * columns, (r + 1) * columns))
    : Array.from({ length: columns }, (_, c) =>
        Float64Array.from({ length: rows }, (__, r) => x[r * columns + c]!),
      );
  const gram = vectors.map(() => new Float64Array(vectors.length));
  for (const [i, a] of vectors.entries())
    for (let j = 0; j <= i; j++) gram[i]![j] = gram[j]![i] = dot(a, vectors[j]!);
  return gram;
}

/** By power iteration, to 1e-12 or 10,000 rounds; all 0 for a matrix of zeros. */
function leadingEigenvector(matrix: readonly Float64Array[]): Float64Array {
  const random = randomStream("principalComponent");
  let vector = unit(Float64Array.from(matrix, () => random.normal()));
  for (let round = 0; round < 10_000; round++) {
    const next = unit(Float64Array.from(matrix, (row) => dot(row, vector)));
    const moved = next.reduce((most, value, i) => Math.max(most, Math.abs(value - vector[i]!)), 0);
    vector = next;
    if (!(moved > 1e-12)) break;
  }
  return vector;
}

/** The length of v' X. */
function lengthAcross(x: Float64Array, v: Float64Array, columns: number): number {
  const across = new Float64Array(columns);
  for (let i = 0; i < x.length; i++) across[i % columns]! += x[i]! * v[Math.floor(i / columns)]!;
  return Math.sqrt(dot(across, across));
}

/** X v. */
const timesColumns = (x: Float64Array, v: Float64Array, rows: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, r) => dot(x.subarray(r * v.length, (r + 1) * v.length), v));

const scaled = (vector: Float64Array, factor: number): Float64Array => vector.map((value) => value * factor);

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : scaled(vector, 1 / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
