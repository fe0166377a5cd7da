import fc from "fast-check";
import ndarray from "ndarray";
import { applyLungMask, dilateMask, resizeMask, thresholdMask, unionMasks } from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { anyMask, anySize, area, drawn, maskOfRows, reference, rowsOf } from "./masks.js";
import { film } from "./reference.js";

describe("dilateMask", () => {
  it("equals scikit-image's binary_dilation with disk(radius), at the borders and for radii beyond the image too", () => {
    for (const { mask, radius, dilated } of reference.dilations) {
      expect(rowsOf(dilateMask(maskOfRows(mask), radius))).toEqual(dilated);
    }
  });

  it("reaches exactly the pixels whose centres lie within the radius of a centre inside", () => {
    fc.assert(
      fc.property(anyMask, fc.double({ min: 0, max: 25, noNaN: true }), (mask, radius) => {
        const inside = rowsOf(mask).flatMap((row, y) => row.flatMap((value, x) => (value ? [[x, y]] : [])));
        const expected = rowsOf(mask).map((row, y) =>
          row.map((_, x) => (inside.some(([u, v]) => (u! - x) ** 2 + (v! - y) ** 2 <= radius ** 2) ? 1 : 0)),
        );
        expect(rowsOf(dilateMask(mask, radius))).toEqual(expected);
      }),
    );
  });

  it("refuses a radius that is negative or not finite", () => {
    expect(() => dilateMask(drawn("#"), -1)).toThrow(/radius: is -1/);
    expect(() => dilateMask(drawn("#"), Number.NaN)).toThrow(/radius: is NaN/);
    expect(() => dilateMask(drawn("#"), Number.POSITIVE_INFINITY)).toThrow(/radius: is Infinity/);
  });
});

describe("resizeMask", () => {
  it("equals Pillow's NEAREST", () => {
    for (const { mask, resized } of reference.resizes) {
      expect(rowsOf(resizeMask(maskOfRows(mask), resized.length, resized[0]!.length))).toEqual(resized);
    }
  });

  it("gives back the mask when it is enlarged by whole factors and reduced again, and 1 for anything inside", () => {
    fc.assert(
      fc.property(
        anyMask,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (mask, down, across) => {
          const [height, width] = mask.shape as [number, number];
          const large = resizeMask(mask, height * down, width * across);
          expect(area(large)).toBe(area(mask) * down * across);
          expect(rowsOf(resizeMask(large, height, width))).toEqual(rowsOf(mask));
        },
      ),
    );
    expect(rowsOf(resizeMask(maskOfRows([[0, 255]]), 1, 2))).toEqual([[0, 1]]);
  });

  it("refuses a size of no pixels and an empty mask", () => {
    expect(() => resizeMask(drawn("#"), 0, 2)).toThrow(/height: is 0/);
    expect(() => resizeMask(ndarray(new Uint8Array(0), [0, 4]), 2, 2)).toThrow(/mask.height: is 0/);
  });
});

describe("unionMasks", () => {
  it("is all that is inside at least one mask, also where masks say inside with 255", () => {
    expect(rowsOf(unionMasks([drawn("#.."), maskOfRows([[0, 0, 255]])]))).toEqual([[1, 0, 1]]);
    fc.assert(
      fc.property(anyMask, (mask) => {
        expect(rowsOf(unionMasks([mask, mask]))).toEqual(rowsOf(mask));
      }),
    );
  });

  it("refuses masks of two sizes, and none", () => {
    expect(() => unionMasks([drawn("#."), drawn("#")])).toThrow(
      /masks\[1\]: has shape \[1,1\] and masks\[0\] \[1,2\]/,
    );
    expect(() => unionMasks([])).toThrow(/masks: is empty/);
  });
});

describe("thresholdMask", () => {
  it("counts a score equal to the threshold as inside, 0.5 by default", () => {
    const scores = ndarray(Float32Array.of(0.25, 0.5, 0.75, 0), [2, 2]);
    expect(rowsOf(thresholdMask(scores))).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(area(thresholdMask(scores, 0.25))).toBe(3);
    expect(area(thresholdMask(scores, 0))).toBe(4);
  });

  it("refuses NaN, whose side nobody knows", () => {
    const scores = ndarray(Float32Array.of(0, 1, Number.NaN, 1), [2, 2]);
    expect(() => thresholdMask(scores)).toThrow(/scores: holds NaN at row 1, column 0/);
    expect(() => thresholdMask(scores, Number.NaN)).toThrow(/threshold: is NaN/);
  });
});

describe("applyLungMask", () => {
  const image = film([
    [10, 20, 30],
    [40, 50, 60],
  ]);
  const mask = drawn("#..", "##.");

  it("keeps the lungs, or all but the lungs; the rest becomes the low end of the range or the fill", () => {
    expect([...applyLungMask(image, mask, { keep: "lungs" }).pixels.data]).toEqual([10, 0, 0, 40, 50, 0]);
    expect([...applyLungMask(image, mask, { keep: "outside" }).pixels.data]).toEqual([0, 20, 30, 0, 0, 60]);
    const shifted = { pixels: ndarray(Float32Array.of(-1, 0.5), [1, 2]), range: [-1024, 1024] as const };
    const kept = applyLungMask(shifted, drawn(".#"), { keep: "lungs" });
    expect([...kept.pixels.data]).toEqual([-1024, 0.5]);
    expect(kept.range).toEqual([-1024, 1024]);
    expect([...applyLungMask(image, mask, { keep: "lungs", fill: 7 }).pixels.data]).toEqual([
      10, 7, 7, 40, 50, 7,
    ]);
  });

  it("grows the lungs by the dilation before either", () => {
    const one = drawn("#..", "...");
    expect([...applyLungMask(image, one, { keep: "lungs", dilation: 1 }).pixels.data]).toEqual([
      10, 20, 0, 40, 0, 0,
    ]);
    expect([...applyLungMask(image, one, { keep: "outside", dilation: 1 }).pixels.data]).toEqual([
      0, 0, 30, 0, 50, 60,
    ]);
  });

  it("keeps the last row and column, and splits an image into two parts that add up to it", () => {
    fc.assert(
      fc.property(anyMask, fc.infiniteStream(fc.nat(255)), (any, stream) => {
        const [height, width] = any.shape as [number, number];
        const values = Uint8Array.from(stream.take(height * width));
        const whole = { pixels: ndarray(values, [height, width]), range: [0, 255] as const };
        const inside = applyLungMask(whole, any, { keep: "lungs" }).pixels.data;
        const outside = applyLungMask(whole, any, { keep: "outside" }).pixels.data;
        expect(inside.map((value, i) => value + outside[i]!)).toEqual(Float32Array.from(values));
      }),
    );
  });

  it("refuses a mask of another size and says how to resize it", () => {
    expect(() => applyLungMask(image, drawn("##"), { keep: "lungs" })).toThrow(
      /mask: has shape \[1,2\] and the image \[2, 3\]; resize it with resizeMask/,
    );
    expect(() => applyLungMask(image, mask, { keep: "none" as never })).toThrow(/options.keep: is none/);
    expect(() => applyLungMask(image, mask, { keep: "lungs", fill: Number.NaN })).toThrow(
      /options.fill: is NaN/,
    );
  });
});

describe("masks", () => {
  it("of views that are not laid out row by row are read as they look", () => {
    fc.assert(
      fc.property(anySize, ({ width, height }) => {
        const mask = ndarray(
          Uint8Array.from({ length: width * height }, (_, i) => (i % 3 === 0 ? 1 : 0)),
          [height, width],
        );
        const turned = mask.transpose(1, 0);
        expect(rowsOf(unionMasks([turned]))).toEqual(rowsOf(turned));
      }),
    );
  });
});
