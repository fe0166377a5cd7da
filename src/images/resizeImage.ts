import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { type ImagePixels, readPixels } from "./readPixels.js";

/**
 * Resizes an image so that every pixel counts: a triangle filter, widened by the ratio where the image shrinks, plain
 * bilinear interpolation where it grows; pixel centres lie at half integers. This is what Pillow's
 * `Image.resize(size, Image.BILINEAR)` computes on images of mode "F". The sides' ratio is not kept.
 *
 * @param image any range; a NaN pixel makes NaN of the pixels that it reaches
 * @param height rows of the result
 * @param width columns of the result
 * @returns float pixels in the image's own range, not rounded; a copy where the size stays
 * @throws ArgumentError when the image is empty, or a side is not a whole number above 0
 */
export function resizeImage(image: Image, height: number, width: number): Image<Float32Array> {
  const source = readPixels(image);
  for (const [name, side] of Object.entries({ height, width })) {
    if (!(Number.isInteger(side) && side > 0)) {
      throw new ArgumentError(name, `is ${side}; expected a whole number above 0`);
    }
  }
  if (source.values.length === 0) {
    throw new ArgumentError(
      "image.pixels",
      `has shape [${source.height}, ${source.width}]; nothing to resize`,
    );
  }
  const narrowed = resample(
    source.values,
    source.width,
    { lines: source.height, lineStep: source.width, sampleStep: 1 },
    width,
    { lines: source.height, lineStep: width, sampleStep: 1 },
  );
  const columns = { lines: width, lineStep: 1, sampleStep: width };
  const pixels = resample(narrowed, source.height, columns, height, columns);
  return { pixels: ndarray(pixels, [height, width]), range: image.range };
}

/** Which input samples make each output sample along one axis, and how much of each. */
interface Taps {
  /** First input sample of each output sample. */
  readonly first: Int32Array;
  /** How many input samples follow from there. */
  readonly count: Int32Array;
  /** Weights, `stride` places for each output sample; those of one output sample add up to 1. */
  readonly weights: Float64Array;
  /** Most input samples that an output sample may have. */
  readonly stride: number;
}

function triangleTaps(from: number, to: number): Taps {
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
    const count = Math.min(from, Math.floor(centre + reach + 0.5)) - first;
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

/** Where the samples of parallel lines lie in memory. */
interface Lines {
  readonly lines: number;
  /** From a line to the next. */
  readonly lineStep: number;
  /** From a sample of a line to the next. */
  readonly sampleStep: number;
}

function resample(
  values: ImagePixels["values"],
  from: number,
  input: Lines,
  to: number,
  output: Lines,
): Float32Array {
  const { first, count, weights, stride } = triangleTaps(from, to);
  const result = new Float32Array(to * input.lines);
  const step = input.sampleStep;
  const last = input.lines - 1;
  // Four lines share each weight: twice as fast as one by one.
  for (let a = 0; a <= last; a += 4) {
    const b = Math.min(a + 1, last);
    const c = Math.min(a + 2, last);
    const d = Math.min(a + 3, last);
    const toB = (b - a) * input.lineStep;
    const toC = (c - a) * input.lineStep;
    const toD = (d - a) * input.lineStep;
    for (let i = 0; i < to; i++) {
      let at = a * input.lineStep + first[i]! * step;
      let sumA = 0;
      let sumB = 0;
      let sumC = 0;
      let sumD = 0;
      const end = i * stride + count[i]!;
      for (let tap = i * stride; tap < end; tap++) {
        const weight = weights[tap]!;
        sumA += weight * values[at]!;
        sumB += weight * values[at + toB]!;
        sumC += weight * values[at + toC]!;
        sumD += weight * values[at + toD]!;
        at += step;
      }
      const place = i * output.sampleStep;
      result[a * output.lineStep + place] = sumA;
      result[b * output.lineStep + place] = sumB;
      result[c * output.lineStep + place] = sumC;
      result[d * output.lineStep + place] = sumD;
    }
  }
  return result;
}
