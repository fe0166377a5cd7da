import type { Image } from "../image.js";
import { rowMajor } from "../matrix.js";
import { resizeImage } from "./resizeImage.js";

/**
 * An upright frontal chest at 8 x 8: the mean of this library's phantom films, each with mean 0 and standard deviation 1,
 * its two sides averaged so that a mirrored chest fits as well. Left half of each row.
 */
const leftHalf = [
  [-2.26, -1.82, -0.9, 0.57],
  [-0.28, -0.06, -0.69, 0.53],
  [0.57, -0.19, -1.2, 0.31],
  [0.31, -0.57, -0.95, 0.61],
  [-0.21, -0.57, -0.26, 1.09],
  [-0.79, -0.13, 0.68, 1.34],
  [-0.96, 0.55, 1.22, 1.43],
  [-0.9, 0.79, 1.3, 1.45],
];
const side = leftHalf.length;
const chest = leftHalf.flatMap((row) => [...row, ...row.toReversed()]);

/**
 * How much an image resembles an upright frontal chest, as it is and after turns by 90, 180 and 270 degrees
 * counterclockwise.
 *
 * @returns four correlations with {@link chest}, in [-1, 1]; NaN for a constant image and one with a NaN pixel
 */
export function chestResemblance(image: Image): readonly number[] {
  const pixels = rowMajor(resizeImage(image, side, side).pixels);
  let turned = (x: number, y: number) => pixels[y * side + x]!;
  return [0, 90, 180, 270].map(() => {
    const read = turned;
    turned = (x, y) => read(side - 1 - y, x);
    return correlation(
      chest.map((_, i) => read(i % side, Math.floor(i / side))),
      chest,
    );
  });
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    const [fromA, fromB] = [value - meanA, b[i]! - meanB];
    ab += fromA * fromB;
    aa += fromA ** 2;
    bb += fromB ** 2;
  });
  return ab / Math.sqrt(aa * bb);
}
