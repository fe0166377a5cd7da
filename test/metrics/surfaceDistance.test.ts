import { readFileSync } from "node:fs";
import fc from "fast-check";
import ndarray from "ndarray";
import {
  averageSurfaceDistance,
  hausdorffDistance,
  hausdorffDistance95,
  type MaskImage,
  surfaceDice,
  surfaceDistances,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { drawn, ofRuns } from "./masks.js";
import { expectClose } from "./reference.js";

interface Case {
  readonly name: string;
  readonly shape: [number, number];
  readonly a: number[];
  readonly b: number[];
  readonly spacing: [number, number] | null;
  readonly connectivity: 4 | 8;
  readonly counts: [number, number];
  readonly fromA: number[] | null;
  readonly fromB: number[] | null;
  readonly hausdorff: number;
  readonly largest95: number;
  readonly pooled95: number;
  readonly pooled50: number;
  readonly pooledMean: number;
  readonly meanOfMeans: number;
  readonly surfaceDice: [number, number][];
}

const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../fixtures/surfaceDistance.json", import.meta.url), "utf8"),
);

const square = drawn("......", ".###..", ".###..", ".###..", "......");
const moved = drawn("......", "...###", "...###", "...###", "......");
const empty = drawn("......", "......", "......", "......", "......");

describe.each(cases)("surfaces of $name equal SciPy's", ({ shape, connectivity, ...expected }) => {
  const [a, b] = [ofRuns(expected.a, shape), ofRuns(expected.b, shape)];
  const options = { connectivity, ...(expected.spacing && { pixelSpacingMm: expected.spacing }) };

  test("each distance, row by row, in both directions", () => {
    const { fromA, fromB } = surfaceDistances(a, b, options);
    expect([fromA.length, fromB.length]).toEqual(expected.counts);
    if (expected.fromA) expectClose(fromA, expected.fromA);
    if (expected.fromB) expectClose(fromB, expected.fromB);
  });

  test("Hausdorff distance; its percentile the larger of both directions, or of both pooled", () => {
    expectClose(
      [
        hausdorffDistance(a, b, options),
        hausdorffDistance95(a, b, options),
        hausdorffDistance(a, b, { ...options, percentile: 95, directions: "pooled" }),
        hausdorffDistance(a, b, { ...options, percentile: 50, directions: "pooled" }),
      ],
      [expected.hausdorff, expected.largest95, expected.pooled95, expected.pooled50],
    );
  });

  test("average distance, pooled or the mean of both directions' means; surface Dice", () => {
    expectClose(
      [
        averageSurfaceDistance(a, b, options),
        averageSurfaceDistance(a, b, { ...options, directions: "mean" }),
        ...expected.surfaceDice.map(([tolerance]) => surfaceDice(a, b, { ...options, tolerance })),
      ],
      [expected.pooledMean, expected.meanOfMeans, ...expected.surfaceDice.map(([, share]) => share)],
    );
  });
});

describe("surfaces", () => {
  test("are the pixels inside with a side, or a corner too, that is outside or beyond the image", () => {
    const cross = drawn(".###.", "#####", "#####", "#####", ".###.");
    const corner = drawn("####", "####", "####", "###.");
    expect(surfaceDistances(cross, cross).fromA.length).toBe(12);
    expect(surfaceDistances(cross, cross, { connectivity: 8 }).fromA.length).toBe(16);
    expect(surfaceDistances(corner, corner).fromA.length).toBe(11);
    expect(surfaceDistances(corner, corner, { connectivity: 8 }).fromA.length).toBe(12);
  });

  test("without a spacing distances are in pixels; with [row, column] in mm; one number is both", () => {
    expect(hausdorffDistance(square, moved)).toBe(2);
    expect(hausdorffDistance(square, moved, { pixelSpacingMm: [9, 0.5] })).toBe(1);
    expect(hausdorffDistance(square, moved, { pixelSpacingMm: 0.143 })).toBeCloseTo(0.286, 12);
  });

  test("a surface as far away as the tolerance is within it, also where the spacing's multiples are rounded", () => {
    const [left, right] = [drawn("#...."), drawn("...#.")];
    expect(surfaceDice(left, right, { pixelSpacingMm: 0.1, tolerance: 0.3 })).toBe(1);
    expect(surfaceDice(left, right, { pixelSpacingMm: 0.1, tolerance: 0.2999 })).toBe(0);
  });

  test("one mask without a surface: NaN or oneEmpty; none with one: NaN or bothEmpty; surface Dice 0 and NaN", () => {
    for (const distance of [hausdorffDistance, hausdorffDistance95, averageSurfaceDistance]) {
      expect(distance(square, empty)).toBeNaN();
      expect(distance(empty, empty)).toBeNaN();
      expect(distance(empty, square, { oneEmpty: 99, bothEmpty: 7 })).toBe(99);
      expect(distance(empty, empty, { oneEmpty: 99, bothEmpty: 0 })).toBe(0);
    }
    expect(surfaceDice(square, empty, { tolerance: 5 })).toBe(0);
    expect(surfaceDice(empty, empty, { tolerance: 5 })).toBeNaN();
    expect(surfaceDice(empty, empty, { tolerance: 5, bothEmpty: 1 })).toBe(1);
    const { fromA, fromB } = surfaceDistances(square, empty);
    expect([fromA.length, fromB.length]).toEqual([8, 0]);
    expect(fromA[0]).toBeNaN();
  });

  test("a pixel unknown in either mask is in no surface and makes none of its neighbours", () => {
    const a = drawn("?####", "?####", "?####", "?####");
    const b = drawn(".####", ".####", ".####", ".####");
    // Two rows of four at the edges and two pixels in the last column; those beside the unknown are not bare.
    expect(surfaceDistances(a, b).fromA.length).toBe(10);
    expect(surfaceDistances(b, b).fromA.length).toBe(12);
    expect(hausdorffDistance(a, b)).toBe(0);
    const stray = drawn("#....", ".....", "...##", "...##");
    const hidden = drawn("?....", ".....", "...##", "...##");
    const plain = drawn(".....", ".....", "...##", "...##");
    expect(hausdorffDistance(stray, plain)).toBeCloseTo(Math.sqrt(13), 12);
    expect(hausdorffDistance(stray, hidden)).toBe(0);
  });

  test("bytes, floats above 0.5, plain values with a size and transposed views are the same mask", () => {
    const marks = [0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 0];
    const other = drawn("#...", "#...", "##..");
    const same: MaskImage[] = [
      ndarray(Uint8Array.from(marks), [3, 4]),
      ndarray(
        Uint8Array.from(marks, (mark) => 255 * mark),
        [3, 4],
      ),
      ndarray(
        Float32Array.from(marks, (mark) => (mark ? 0.6 : 0.5)),
        [3, 4],
      ),
      ndarray(Uint8Array.from([9, ...marks.map((mark) => 128 * mark)]), [3, 4], [4, 1], 1),
      { data: marks, width: 4, height: 3 },
      ndarray(
        Uint8Array.from({ length: 12 }, (_, i) => marks[(i % 3) * 4 + Math.floor(i / 3)]!),
        [4, 3],
      ).transpose(1, 0),
    ];
    const values = same.map((mask) => averageSurfaceDistance(mask, other));
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toBeGreaterThan(0);
  });

  test("arguments out of range are refused", () => {
    expect(() => hausdorffDistance(square, drawn("##"))).toThrow(
      /b: has height 1, width 2 where a has height 5/,
    );
    expect(() => hausdorffDistance(ndarray(new Uint8Array(3), [3]), square)).toThrow(
      /expected \[height, width\]/,
    );
    expect(() => hausdorffDistance({ data: [1], width: 2, height: 2 }, square)).toThrow(/a: has 1 values/);
    expect(() => hausdorffDistance(square, square, { percentile: 101 })).toThrow(/options.percentile/);
    expect(() => hausdorffDistance(square, square, { percentile: Number.NaN })).toThrow(/options.percentile/);
    expect(() => hausdorffDistance(square, square, { pixelSpacingMm: [1, 0] })).toThrow(/is \[1,0\]/);
    expect(() => hausdorffDistance(square, square, { connectivity: 6 as 4 })).toThrow(/expected 4 or 8/);
    expect(() => hausdorffDistance(square, square, { directions: "mean" as "pooled" })).toThrow(/"largest"/);
    expect(() => averageSurfaceDistance(square, square, { directions: "largest" as "mean" })).toThrow(
      /"mean"/,
    );
    expect(() => surfaceDice(square, square, { tolerance: -1 })).toThrow(/options.tolerance/);
  });
});

describe("any two masks", () => {
  const side = fc.integer({ min: 1, max: 14 });
  const pair = fc
    .record({ height: side, width: side, densityA: fc.double({ min: 0, max: 1, noNaN: true }) })
    .chain(({ height, width, densityA }) => {
      const pixels = (share: number) =>
        fc.array(
          fc.double({ min: 0, max: 1, noNaN: true }).map((value) => Number(value < share)),
          { minLength: height * width, maxLength: height * width },
        );
      return fc.record({
        height: fc.constant(height),
        width: fc.constant(width),
        a: pixels(densityA),
        b: pixels(0.3),
        spacing: fc.tuple(fc.constantFrom(1, 0.2, 3), fc.constantFrom(1, 0.7)),
      });
    });

  test("distances are those of a search over all pairs of surface pixels", () => {
    fc.assert(
      fc.property(pair, ({ height, width, a, b, spacing }) => {
        const inside = (mask: number[], y: number, x: number) =>
          y >= 0 && x >= 0 && y < height && x < width && mask[y * width + x] === 1;
        const points = (mask: number[]) =>
          mask.flatMap((_, i) => {
            const [y, x] = [Math.floor(i / width), i % width];
            const enclosed =
              inside(mask, y - 1, x) &&
              inside(mask, y + 1, x) &&
              inside(mask, y, x - 1) &&
              inside(mask, y, x + 1);
            return inside(mask, y, x) && !enclosed ? [[y, x] as const] : [];
          });
        const [p, q] = [points(a), points(b)];
        const nearest = (from: typeof p, to: typeof p) =>
          from.map(([y, x]) =>
            to.length === 0
              ? Number.NaN
              : Math.min(...to.map(([v, u]) => Math.hypot((y - v) * spacing[0], (x - u) * spacing[1]))),
          );
        const found = surfaceDistances(
          { data: a, height, width },
          { data: b, height, width },
          {
            pixelSpacingMm: spacing,
          },
        );
        expectClose(found.fromA, nearest(p, q));
        expectClose(found.fromB, nearest(q, p));
      }),
    );
  });

  test("both orders give the same, and a mask is at distance 0 from itself", () => {
    fc.assert(
      fc.property(pair, ({ height, width, a, b, spacing }) => {
        const [first, second] = [
          { data: a, height, width },
          { data: b, height, width },
        ];
        const options = { pixelSpacingMm: spacing };
        expectClose(
          [hausdorffDistance95(first, second, options), averageSurfaceDistance(first, second, options)],
          [hausdorffDistance95(second, first, options), averageSurfaceDistance(second, first, options)],
        );
        if (a.includes(1)) expect(hausdorffDistance(first, first, options)).toBe(0);
      }),
    );
  });
});
