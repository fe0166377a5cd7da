import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { narrowRows } from "./narrowRows.js";
import { type ImagePixels, readPixels } from "./readPixels.js";
import { type Taps, triangleTaps } from "./triangleTaps.js";

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
  if (source.height === height && source.width === width) {
    return { pixels: ndarray(new Float32Array(source.values), [height, width]), range: image.range };
  }
  const taps = triangleTaps(source.width, width);
  const narrowed =
    narrowRows(source, taps) ??
    resample(source.values, { lines: source.height, lineStep: source.width, sampleStep: 1 }, taps, {
      lines: source.height,
      lineStep: width,
      sampleStep: 1,
    });
  const columns = { lines: width, lineStep: 1, sampleStep: width };
  const pixels = resample(narrowed, columns, triangleTaps(source.height, height), columns);
  return { pixels: ndarray(pixels, [height, width]), range: image.range };
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
  input: Lines,
  { first, count, weights, stride }: Taps,
  output: Lines,
): Float32Array {
  const to = first.length;
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
