import fc from "fast-check";
import { type Box, boxesToMask, maskBounds, maskToBoxes, scaleBox } from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { anyMask, anySize, area, drawn, maskOfRows, reference, rowsOf } from "./masks.js";

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

describe("boxesToMask", () => {
  it("marks the pixels whose centres lie in a box, whose edges are left-closed", () => {
    const size = { width: 5, height: 3 };
    expect(rowsOf(boxesToMask([box(1, 0, 2, 2)], size))).toEqual(rowsOf(drawn(".##..", ".##..", ".....")));
    expect(rowsOf(boxesToMask([box(0.5, 0.6, 2, 1.8)], size))).toEqual(
      rowsOf(drawn(".....", "##...", ".....")),
    );
  });

  it("lets boxes that share an edge share no pixel", () => {
    const size = { width: 9, height: 1 };
    fc.assert(
      fc.property(fc.double({ min: 1, max: 8, noNaN: true }), (edge) => {
        const left = boxesToMask([box(0, 0, edge, 1)], size);
        const right = boxesToMask([box(edge, 0, 9 - edge, 1)], size);
        expect(area(left) + area(right)).toBe(9);
      }),
    );
  });

  it("marks one pixel for a box that holds no pixel's centre, so that no box is lost", () => {
    expect(rowsOf(boxesToMask([box(2.6, 0.6, 0.2, 0.2)], { width: 4, height: 2 }))).toEqual(
      rowsOf(drawn("..#.", "....")),
    );
    const coordinate = fc.double({ min: -3, max: 12, noNaN: true });
    const side = fc.double({ min: 1e-6, max: 9, noNaN: true });
    fc.assert(
      fc.property(anySize, coordinate, coordinate, side, side, (size, x, y, width, height) => {
        fc.pre(x + width > 0 && y + height > 0 && x < size.width && y < size.height);
        expect(area(boxesToMask([box(x, y, width, height)], size))).toBeGreaterThan(0);
      }),
    );
  });

  it("clips a box that reaches beyond the image, and refuses one wholly outside, of no area, or not finite", () => {
    const size = { width: 3, height: 2 };
    expect(rowsOf(boxesToMask([box(-5, 1, 6, 9)], size))).toEqual(rowsOf(drawn("...", "#..")));
    expect(() => boxesToMask([box(0, 0, 1, 1), box(3, 0, 1, 1)], size)).toThrow(
      /boxes\[1\]: \(x 3, y 0\) lies outside the image of 3 x 2; is it of another size\? See scaleBox/,
    );
    expect(() => boxesToMask([box(0, 0, 0, 1)], size)).toThrow(/boxes\[0\]: is x 0, y 0, width 0/);
    expect(() => boxesToMask([box(Number.NaN, 0, 1, 1)], size)).toThrow(/boxes\[0\]: is x NaN/);
    expect(() => boxesToMask([], { width: 1.5, height: 2 })).toThrow(/size.width: is 1.5/);
  });

  it("makes an empty mask of no boxes", () => {
    expect(area(boxesToMask([], { width: 2, height: 2 }))).toBe(0);
  });
});

describe("maskToBoxes", () => {
  it("equals scikit-image's label and regionprops with either connectivity, in the same order", () => {
    for (const { mask, connectivity, parts } of reference.components) {
      expect(maskToBoxes(maskOfRows(mask), { connectivity })).toEqual(parts);
    }
  });

  it("joins pixels that touch at a corner by default, and only with 8", () => {
    const mask = drawn("#..", ".#.", "..#");
    expect(maskToBoxes(mask)).toEqual([{ ...box(0, 0, 3, 3), area: 3 }]);
    expect(maskToBoxes(mask, { connectivity: 4 })).toHaveLength(3);
  });

  it("gives back boxes of whole numbers that do not touch", () => {
    const cell = fc.record({ x: fc.nat(2), y: fc.nat(2), width: fc.nat(3), height: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 9, maxLength: 9 }), (cells) => {
        // Each box lies in its own field of 7 x 7, away from the field's last row and column.
        const boxes = cells.map((c, i) =>
          box(7 * (i % 3) + c.x, 7 * Math.floor(i / 3) + c.y, c.width + 1, c.height + 1),
        );
        const parts = maskToBoxes(boxesToMask(boxes, { width: 21, height: 21 }));
        const byPlace = (a: Box, b: Box) => a.y - b.y || a.x - b.x;
        expect(parts.toSorted(byPlace)).toEqual(
          boxes.toSorted(byPlace).map((b) => ({ ...b, area: b.width * b.height })),
        );
      }),
    );
  });

  it("counts every pixel once, and bounds them together as maskBounds does", () => {
    fc.assert(
      fc.property(anyMask, fc.constantFrom<4 | 8>(4, 8), (mask, connectivity) => {
        const parts = maskToBoxes(mask, { connectivity });
        expect(parts.reduce((sum, part) => sum + part.area, 0)).toBe(area(mask));
        const bounds = maskBounds(mask);
        if (bounds === undefined) {
          expect(parts).toEqual([]);
          return;
        }
        expect(Math.min(...parts.map(({ x }) => x))).toBe(bounds.x);
        expect(Math.min(...parts.map(({ y }) => y))).toBe(bounds.y);
        expect(Math.max(...parts.map(({ x, width }) => x + width))).toBe(bounds.x + bounds.width);
        expect(Math.max(...parts.map(({ y, height }) => y + height))).toBe(bounds.y + bounds.height);
      }),
    );
  });

  it("refuses another connectivity", () => {
    expect(() => maskToBoxes(drawn("#"), { connectivity: 6 as never })).toThrow(/options.connectivity: is 6/);
  });
});

describe("maskBounds", () => {
  it("includes the last row and column, and is undefined for an empty mask", () => {
    expect(maskBounds(drawn("...", "..#", ".#."))).toEqual(box(1, 1, 2, 2));
    expect(maskBounds(drawn("#"))).toEqual(box(0, 0, 1, 1));
    expect(maskBounds(drawn("..", ".."))).toBeUndefined();
  });
});

describe("scaleBox", () => {
  it("carries a box from one size to another, each axis by its own ratio", () => {
    const from = { width: 1024, height: 512 };
    expect(scaleBox(box(512, 128, 256, 64), from, { width: 256, height: 256 })).toEqual(box(128, 64, 64, 32));
  });

  it("carries a box from a part to a part, and back", () => {
    const number = fc.integer({ min: -50, max: 50 });
    const side = fc.integer({ min: 1, max: 50 });
    const anyBox = fc.record({ x: number, y: number, width: side, height: side });
    fc.assert(
      fc.property(anyBox, anyBox, anyBox, (b, from, to) => {
        const back = scaleBox(scaleBox(b, from, to), to, from);
        for (const key of ["x", "y", "width", "height"] as const) expect(back[key]).toBeCloseTo(b[key], 8);
        const moved = scaleBox(from, from, to);
        for (const key of ["x", "y", "width", "height"] as const) expect(moved[key]).toBeCloseTo(to[key], 8);
      }),
    );
  });

  it("refuses a size of nothing", () => {
    expect(() => scaleBox(box(0, 0, 1, 1), { width: 0, height: 1 }, { width: 1, height: 1 })).toThrow(
      /from: is/,
    );
  });
});
