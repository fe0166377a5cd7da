import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { principalComponent } from "../../src/explain/eigenCamSum.js";

const sizes = fc.record({
  cells: fc.integer({ min: 2, max: 9 }),
  channels: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});

/** Values that lie along one direction most of all, so that the first component is well apart from the second. */
function stretched(cells: number, channels: number, seed: number): Float32Array {
  return Float32Array.from({ length: cells * channels }, (_, i) => {
    const [cell, k] = [Math.floor(i / channels), i % channels];
    return 5 * Math.sin(seed + 2.3 * cell) * Math.cos(seed * 1.7 + k) + 0.3 * Math.sin(i * seed) + k;
  });
}

describe("principalComponent", () => {
  test("of points on a line it is their distance from the middle, by hand", () => {
    // Along (3, 4) at -1, 0, 1 from (10, 20): 5 apart. With fewer cells than channels and the other way round.
    const line = Float32Array.from([7, 16, 10, 20, 13, 24]);
    [...principalComponent(line, 3, 2)].forEach((value, i) => {
      expect(value).toBeCloseTo([-5, 0, 5][i]!, 9);
    });
    const wide = Float32Array.from([7, 16, 1, 13, 24, 1]);
    [...principalComponent(wide, 2, 3)].forEach((value, i) => {
      expect(value).toBeCloseTo([-5, 5][i]!, 9);
    });
  });

  test("it is an eigenvector of the centred X X' whose eigenvalue is its squared length, at least that of any channel", () => {
    fc.assert(
      fc.property(sizes, ({ cells, channels, seed }) => {
        const values = stretched(cells, channels, seed);
        const p = principalComponent(values, cells, channels);
        const columns = Array.from({ length: channels }, (_, k) => {
          const column = Array.from({ length: cells }, (__, cell) => values[cell * channels + k]!);
          const mean = column.reduce((a, b) => a + b, 0) / cells;
          return column.map((value) => value - mean);
        });
        const product = (a: ArrayLike<number>, b: ArrayLike<number>) =>
          Array.from(a).reduce((total, value, i) => total + value * b[i]!, 0);
        const squared = product(p, p);
        for (let cell = 0; cell < cells; cell++) {
          const image = columns.reduce((total, column) => total + column[cell]! * product(column, p), 0);
          expect(Math.abs(image - squared * p[cell]!)).toBeLessThan(
            1e-6 * (1 + squared * Math.sqrt(squared)),
          );
        }
        for (const column of columns)
          expect(product(column, column)).toBeLessThan(squared * (1 + 1e-9) + 1e-9);
      }),
    );
  });

  test("it never varies against the mean over the channels, and turns round with the values", () => {
    fc.assert(
      fc.property(sizes, ({ cells, channels, seed }) => {
        const values = stretched(cells, channels, seed);
        const p = principalComponent(values, cells, channels);
        const covariance = p.reduce(
          (total, value, cell) =>
            total + value * values.subarray(cell * channels, (cell + 1) * channels).reduce((a, b) => a + b),
          0,
        );
        expect(covariance).toBeGreaterThan(-1e-6);
        const turned = principalComponent(
          values.map((value) => -value),
          cells,
          channels,
        );
        if (covariance > 1e-3)
          p.forEach((value, i) => {
            expect(turned[i]).toBeCloseTo(-value, 6);
          });
      }),
    );
  });

  test("cells that are all the same give zeros, and one NaN gives NaN", () => {
    for (const value of [1, 0.1, 1e-30, -7.3])
      expect([...principalComponent(Float32Array.from([value, 2, value, 2, value, 2]), 3, 2)]).toEqual([
        0, 0, 0,
      ]);
    expect([...principalComponent(new Float32Array(4), 1, 4)]).toEqual([0]);
    const [first] = principalComponent(Float32Array.from([1, Number.NaN, 3, 4]), 2, 2);
    expect(first).toBeNaN();
  });
});
