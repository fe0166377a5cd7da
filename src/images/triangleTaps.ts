/** Which input samples make each output sample along one axis, and how much of each. */
export interface Taps {
  /** First input sample of each output sample. */
  readonly first: Int32Array;
  /** How many input samples follow from there. */
  readonly count: Int32Array;
  /** Weights, `stride` places for each output sample; those of one output sample add up to 1. */
  readonly weights: Float64Array;
  /** Most input samples that an output sample may have. */
  readonly stride: number;
}

/** The taps of a triangle filter that is widened by the ratio where the axis shrinks. */
export function triangleTaps(from: number, to: number): Taps {
  const ratio = from / to;
  const reach = Math.max(ratio, 1);
  const stride = 2 * Math.ceil(reach) + 1;
  const taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float64Array(to * stride),
    stride,
  };
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * ratio;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const count = Math.min(from, Math.ceil(centre + reach - 0.5)) - first;
    const weights = taps.weights.subarray(i * stride, i * stride + count);
    let total = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach);
      weights[k] = weight;
      total += weight;
    }
    for (let k = 0; k < count; k++) weights[k]! /= total;
    taps.first[i] = first;
    taps.count[i] = count;
  }
  return taps;
}
