import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mapPeak } from "../../src/explain/mapPeak.js";

describe("mapPeak", () => {
  test("the peak leans to the greater neighbour by the vertex of the parabola, by hand", () => {
    // Through 0, 4, 2 at -1, 0, 1: vertex at (0 - 2) / (2 (0 - 8 + 2)) = 1/6. Of 30 columns, 10 a cell: 10 (1.5 + 1/6).
    const map = new Float32Array([0, 0, 0, 0, 4, 2, 0, 0, 0]);
    expect(mapPeak(map, [3, 3], [30, 30])).toEqual({ row: 15, column: 16 });
  });

  test("beyond the edge the evidence is 0; a map of one cell has its peak in the middle", () => {
    expect(mapPeak(new Float32Array([3]), [1, 1], [7, 9])).toEqual({ row: 3, column: 4 });
    // Through 0 (outside), 4, 2: 1/6 of a cell towards the inside.
    expect(mapPeak(new Float32Array([4, 2, 0]), [1, 3], [9, 27])).toEqual({ row: 4, column: 6 });
  });

  test("the first of equal cells counts, and two equal neighbours meet at their border", () => {
    expect(mapPeak(new Float32Array([0, 5, 5, 0]), [1, 4], [1, 40])).toEqual({ row: 0, column: 19 });
    expect(mapPeak(new Float32Array([5, 0, 5]), [1, 3], [1, 30])).toEqual({ row: 0, column: 5 });
  });

  test("a map of zeros, or with NaN anywhere, has no peak", () => {
    expect(mapPeak(new Float32Array(4), [2, 2], [8, 8])).toBeUndefined();
    expect(mapPeak(new Float32Array(4).fill(Number.NaN), [2, 2], [8, 8])).toBeUndefined();
    // Nobody knows whether the unknown cell is greater.
    for (const cells of [
      [1, 5, Number.NaN],
      [Number.NaN, 1, 5],
      [5, 1, Number.NaN],
    ])
      expect(mapPeak(Float32Array.from(cells), [1, 3], [3, 9])).toBeUndefined();
  });

  test("a sampled blob is found to within a pixel of its centre, wherever it lies between cells", () => {
    const centre = fc.double({ min: 12, max: 52, noNaN: true });
    fc.assert(
      fc.property(centre, centre, (y, x) => {
        const blob = Float32Array.from({ length: 64 }, (_, i) => {
          const [cy, cx] = [8 * (Math.floor(i / 8) + 0.5), 8 * ((i % 8) + 0.5)];
          return Math.exp(-((cy - y) ** 2 + (cx - x) ** 2) / (2 * 10 ** 2));
        });
        const peak = mapPeak(blob, [8, 8], [64, 64])!;
        expect(Math.hypot(peak.row + 0.5 - y, peak.column + 0.5 - x)).toBeLessThan(1.5);
      }),
    );
  });

  test("the peak always lies in the greatest cell", () => {
    const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(values, (cells) => {
        const peak = mapPeak(new Float32Array(cells), [3, 4], [30, 40]);
        if (peak === undefined) return expect(Math.max(...cells)).toBe(0);
        const cell = Math.floor(peak.row / 10) * 4 + Math.floor(peak.column / 10);
        expect(cell).toBe(cells.indexOf(Math.max(...cells)));
      }),
    );
  });
});
