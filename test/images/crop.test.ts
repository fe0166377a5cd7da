import fc from "fast-check";
import ndarray from "ndarray";
import {
  cropImage,
  cropMask,
  cropPadding,
  fitBox,
  type Image,
  resizeImage,
  resizeMask,
  resizeMaskWithPad,
  resizeWithPad,
  scaleBox,
} from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { anyMask, anySize, area, drawn, rowsOf } from "./masks.js";
import { film } from "./reference.js";

describe("cropPadding", () => {
  it("keeps the box around all pixels above the lowest, its last row and column included", () => {
    const { image, box } = cropPadding(
      film([
        [9, 9, 9, 9],
        [9, 10, 9, 9],
        [9, 9, 11, 9],
        [9, 9, 9, 9],
      ]),
    );
    expect(box).toEqual({ x: 1, y: 1, width: 2, height: 2 });
    expect([...image.pixels.data]).toEqual([10, 9, 9, 11]);
    expect(image.range).toEqual([0, 255]);
    expect(cropPadding(film([[0, 0, 3]])).box).toEqual({ x: 2, y: 0, width: 1, height: 1 });
  });

  it("takes a threshold, which itself is margin", () => {
    expect(cropPadding(film([[0, 5, 6, 5]]), { threshold: 5 }).box).toEqual({
      x: 2,
      y: 0,
      width: 1,
      height: 1,
    });
  });

  it("keeps the whole of a constant image, and of one with nothing above the threshold", () => {
    const whole = { x: 0, y: 0, width: 2, height: 1 };
    expect(cropPadding(film([[7, 7]])).box).toEqual(whole);
    expect(cropPadding(film([[1, 2]]), { threshold: 9 }).box).toEqual(whole);
  });

  it("finds any dark margin around any film again", () => {
    const margin = fc.nat(5);
    fc.assert(
      fc.property(anySize, margin, margin, margin, margin, ({ width, height }, left, top, right, bottom) => {
        fc.pre(left + top + right + bottom > 0);
        const [w, h] = [left + width + right, top + height + bottom];
        const pixels = ndarray(new Uint16Array(w * h).fill(3), [h, w]);
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) pixels.set(top + y, left + x, 4 + x + y);
        const { image, box } = cropPadding({ pixels, range: [0, 4095] });
        expect(box).toEqual({ x: left, y: top, width, height });
        expect(image.pixels.shape).toEqual([box.height, box.width]);
      }),
    );
  });

  it("takes no NaN for film, and refuses an image without pixels", () => {
    const pixels = ndarray(Float32Array.of(Number.NaN, 0, 1, Number.NaN), [1, 4]);
    expect(cropPadding({ pixels, range: [0, 1] }).box).toEqual({ x: 2, y: 0, width: 1, height: 1 });
    expect(() => cropPadding(film([[]]))).toThrow(/nothing to crop/);
    expect(() => cropPadding(film([[1]]), { threshold: Number.NaN })).toThrow(/options.threshold: is NaN/);
  });
});

describe("cropImage and cropMask", () => {
  it("cut out the same pixels", () => {
    const mask = drawn("....", ".##.", "..#.");
    const box = { x: 1, y: 1, width: 2, height: 2 };
    expect(rowsOf(cropMask(mask, box))).toEqual(rowsOf(drawn("##", ".#")));
    expect([...cropImage({ pixels: mask, range: [0, 1] }, box).pixels.data]).toEqual([1, 1, 0, 1]);
  });

  it("refuse a box beyond the image or between its pixels", () => {
    const image = film([[1, 2, 3]]);
    for (const box of [
      { x: 2, y: 0, width: 2, height: 1 },
      { x: -1, y: 0, width: 2, height: 1 },
      { x: 0, y: 0, width: 1, height: 2 },
      { x: 0.5, y: 0, width: 1, height: 1 },
    ]) {
      expect(() => cropImage(image, box)).toThrow(/box: is x .*; expected whole numbers inside 3 x 1/);
      expect(() => cropMask(drawn("###"), box)).toThrow(/expected whole numbers inside 3 x 1/);
    }
  });
});

describe("resizeWithPad", () => {
  it("keeps the sides' ratio, puts the film in the middle and pads with the low end of the range or the fill", () => {
    const image: Image = { pixels: ndarray(Float32Array.of(5, 5, 5, 5, 5, 5, 5, 5), [2, 4]), range: [-1, 9] };
    const padded = resizeWithPad(image, 8, 8);
    expect(fitBox({ width: 4, height: 2 }, { width: 8, height: 8 })).toEqual({
      x: 0,
      y: 2,
      width: 8,
      height: 4,
    });
    expect(padded.pixels.shape).toEqual([8, 8]);
    expect(padded.range).toEqual([-1, 9]);
    const rows = Array.from({ length: 8 }, (_, y) => new Set(padded.pixels.data.subarray(8 * y, 8 * y + 8)));
    expect(rows.map((row) => [...row])).toEqual([[-1], [-1], [5], [5], [5], [5], [-1], [-1]]);
    expect(resizeWithPad(image, 8, 8, { fill: 3 }).pixels.data[0]).toBe(3);
  });

  it("puts an odd pixel of padding to the right or below", () => {
    expect(fitBox({ width: 2, height: 3 }, { width: 6, height: 3 })).toEqual({
      x: 2,
      y: 0,
      width: 2,
      height: 3,
    });
    expect(fitBox({ width: 2, height: 3 }, { width: 5, height: 3 })).toEqual({
      x: 1,
      y: 0,
      width: 2,
      height: 3,
    });
    expect(fitBox({ width: 100, height: 1 }, { width: 10, height: 10 })).toEqual({
      x: 0,
      y: 4,
      width: 10,
      height: 1,
    });
  });

  it("is resizeImage and resizeMask inside the box, and padding outside, for image and mask alike", () => {
    fc.assert(
      fc.property(anyMask, anySize, (mask, { width, height }) => {
        const [rows, columns] = mask.shape as [number, number];
        const box = fitBox({ width: columns, height: rows }, { width, height });
        const image: Image = { pixels: mask, range: [0, 1] };
        const padded = resizeWithPad(image, height, width, { fill: 0.25 });
        expect([...cropImage(padded, box).pixels.data]).toEqual([
          ...resizeImage(image, box.height, box.width).pixels.data,
        ]);
        const outside = [...padded.pixels.data].filter((value) => value === 0.25).length;
        expect(outside).toBeGreaterThanOrEqual(width * height - box.width * box.height);
        const small = resizeMask(mask, box.height, box.width);
        const paddedMask = resizeMaskWithPad(mask, height, width);
        expect(rowsOf(cropMask(paddedMask, box))).toEqual(rowsOf(small));
        expect(area(paddedMask)).toBe(area(small));
      }),
    );
  });

  it("fills the frame along one side, keeps within it, and changes the ratio by less than a pixel", () => {
    const side = fc.integer({ min: 1, max: 3000 });
    const size = fc.record({ width: side, height: side });
    fc.assert(
      fc.property(size, size, (from, to) => {
        const box = fitBox(from, to);
        const scale = Math.min(to.width / from.width, to.height / from.height);
        expect(box.width === to.width || box.height === to.height).toBe(true);
        expect(Math.abs(box.width - Math.max(1, from.width * scale))).toBeLessThanOrEqual(0.5);
        expect(Math.abs(box.height - Math.max(1, from.height * scale))).toBeLessThanOrEqual(0.5);
        expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(to.width);
        expect(box.y + box.height).toBeLessThanOrEqual(to.height);
        const corner = scaleBox({ x: 0, y: 0, ...from }, from, box);
        for (const key of ["x", "y", "width", "height"] as const)
          expect(corner[key]).toBeCloseTo(box[key], 8);
      }),
    );
  });

  it("refuses sides that are not whole numbers above 0, empty images and a fill that is not finite", () => {
    expect(() => resizeWithPad(film([[1]]), 0, 4)).toThrow(/height: is 0/);
    expect(() => resizeMaskWithPad(drawn("#"), 4, 1.5)).toThrow(/width: is 1.5/);
    expect(() => resizeWithPad(film([[]]), 4, 4)).toThrow(/from.width: is 0/);
    expect(() => resizeWithPad(film([[1]]), 4, 4, { fill: Number.NaN })).toThrow(/options.fill: is NaN/);
  });
});
