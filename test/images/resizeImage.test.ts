import fc from "fast-check";
import ndarray from "ndarray";
import { resizeImage } from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { film, reference } from "./reference.js";

describe("resizeImage", () => {
  it("equals Pillow's BILINEAR on mode F: shrinking, growing, one side only, the same size, to one pixel", () => {
    for (const { pixels, height, width, resized } of reference.cases) {
      const result = resizeImage(film(pixels), height, width).pixels;
      expect(result.shape).toEqual([height, width]);
      resized.flat().forEach((value, i) => {
        expect(Math.abs(result.data[i]! - value)).toBeLessThan(1e-4);
      });
    }
  });

  it("keeps the range and returns a copy where the size stays", () => {
    const pixels = ndarray(Float32Array.of(1, 2), [1, 2]);
    const same = resizeImage({ pixels, range: [-3, 4] }, 1, 2);
    expect(same.range).toEqual([-3, 4]);
    same.pixels.set(0, 0, 9);
    expect(pixels.get(0, 0)).toBe(1);
  });

  it("keeps a constant image constant and stays within the values of the image", () => {
    const side = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(side, side, side, side, fc.infiniteStream(fc.nat(255)), (h, w, toH, toW, stream) => {
        const values = [...stream.take(h * w)];
        const rows = Array.from({ length: h }, (_, r) => values.slice(r * w, (r + 1) * w));
        const result = resizeImage(film(rows), toH, toW).pixels.data;
        expect(Math.min(...result)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-3);
        expect(Math.max(...result)).toBeLessThanOrEqual(Math.max(...values) + 1e-3);
      }),
    );
  });

  it("lets every pixel count when it shrinks", () => {
    for (let x = 0; x < 16; x++) {
      const dot = Array.from({ length: 16 }, (_, i) => (i === x ? 255 : 0));
      const result = resizeImage(film([dot]), 1, 2).pixels.data;
      expect(result[0]! + result[1]!).toBeGreaterThan(0);
    }
  });

  it("refuses a size of no pixels and an empty image", () => {
    expect(() => resizeImage(film([[1]]), 0, 4)).toThrow(/height: is 0/);
    expect(() => resizeImage(film([[1]]), 4, 1.5)).toThrow(/width: is 1.5/);
    expect(() => resizeImage(film([[]]), 4, 4)).toThrow(/nothing to resize/);
  });
});
