import type { Affine } from "./affine.js";
import { mirrorIndex } from "./mirrorIndex.js";

/**
 * What lies outside an image that is moved: "constant" one value, "nearest" the pixel at the edge, "reflect" the image
 * mirrored at its outermost pixels.
 */
export type Border = "constant" | "nearest" | "reflect";

/** Row-by-row values that are read at places of another grid of the same size. */
interface Source<Values> {
  readonly values: Values;
  readonly width: number;
  readonly height: number;
  /** From a place on the result to the place on the source; pixel i covers [i, i + 1). */
  readonly back: Affine;
  readonly border: Border;
}

/**
 * Bilinear interpolation between pixel centres. With a constant border the pixels beyond the edge are of value `fill`, so
 * the edge fades over one pixel: scikit-image's `warp(order=1, mode="constant", cval=fill)`.
 */
export function warpBilinear(
  { values, width, height, back, border }: Source<ArrayLike<number>>,
  fill: number,
): Float32Array {
  const result = new Float32Array(values.length);
  const outside = outsideIndex[border];
  const pick = (x: number, y: number): number => {
    const [u, v] = [outside(x, width), outside(y, height)];
    return u < 0 || v < 0 ? fill : values[v * width + u]!;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const u = back.xx * (x + 0.5) + back.xy * (y + 0.5) + back.x0 - 0.5;
      const v = back.yx * (x + 0.5) + back.yy * (y + 0.5) + back.y0 - 0.5;
      const left = Math.floor(u);
      const top = Math.floor(v);
      const across = u - left;
      const down = v - top;
      if (across === 0 && down === 0) {
        // Exactly the pixel, whatever stands beside it: 0 times NaN is NaN.
        result[i] = pick(left, top);
        continue;
      }
      let [a, b, c, d] = [0, 0, 0, 0];
      if (left >= 0 && top >= 0 && left < width - 1 && top < height - 1) {
        const at = top * width + left;
        a = values[at]!;
        b = values[at + 1]!;
        c = values[at + width]!;
        d = values[at + width + 1]!;
      } else {
        a = pick(left, top);
        b = pick(left + 1, top);
        c = pick(left, top + 1);
        d = pick(left + 1, top + 1);
      }
      const upper = a + across * (b - a);
      result[i] = upper + down * (c + across * (d - c) - upper);
    }
  }
  return result;
}

/** The value of the pixel that each place falls into, anything but 0 as 1; 0 beyond a constant border. */
export function warpNearest({ values, width, height, back, border }: Source<Uint8Array>): Uint8Array {
  const result = new Uint8Array(values.length);
  const outside = outsideIndex[border];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const u = outside(Math.floor(back.xx * (x + 0.5) + back.xy * (y + 0.5) + back.x0), width);
      const v = outside(Math.floor(back.yx * (x + 0.5) + back.yy * (y + 0.5) + back.y0), height);
      if (u >= 0 && v >= 0 && values[v * width + u] !== 0) result[i] = 1;
    }
  }
  return result;
}

/** The sample that stands at any place along a line of samples; -1 for none. */
const outsideIndex: Readonly<Record<Border, (at: number, count: number) => number>> = {
  constant: (at, count) => (at >= 0 && at < count ? at : -1),
  nearest: (at, count) => Math.min(Math.max(at, 0), count - 1),
  reflect: mirrorIndex,
};
