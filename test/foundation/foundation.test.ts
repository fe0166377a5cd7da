import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { ArgumentError, isRadiolucentError, TableError } from "../../src/errors.js";
import { columnsOf, rowMajor } from "../../src/matrix.js";
import { randomStream } from "../../src/random.js";

describe("errors", () => {
  test("the guard tells codes apart and lets no foreign error pass", () => {
    const error = new ArgumentError("options.bins", "is 0; expected at least 1");
    expect(isRadiolucentError(error)).toBe(true);
    expect(isRadiolucentError(error, "argument")).toBe(true);
    expect(isRadiolucentError(error, "table")).toBe(false);
    expect(isRadiolucentError(new Error("argument"))).toBe(false);
    expect(isRadiolucentError({ code: "argument" })).toBe(false);
    expect(error.name).toBe("ArgumentError");
  });

  test("a table error names file, row, column, what is wrong and the way out, and counts what it does not list", () => {
    const problems = Array.from({ length: 30 }, (_, i) => ({
      row: i + 2,
      column: "Mass",
      message: 'is "yes"',
    }));
    const error = new TableError("labels.csv", problems, "Use 0 or 1.");
    expect(error.message).toContain('labels.csv: row 2, column "Mass": is "yes"; row 3');
    expect(error.message).toContain("(and 25 more). Use 0 or 1.");
    expect(error.problems).toHaveLength(20);
    expect(error.problemCount).toBe(30);
  });
});

describe("randomStream", () => {
  test("the same seed gives the same numbers, 1 and '1' included; another seed others", () => {
    const draw = (seed: number | string) => Array.from({ length: 5 }, randomStream(seed).uniform);
    expect(draw(1)).toEqual(draw("1"));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("a fork depends on seed and key, not on what was drawn before", () => {
    const fresh = randomStream(3).fork("x").uniform();
    const used = randomStream(3);
    used.uniform();
    expect(used.fork("x").uniform()).toBe(fresh);
    expect(used.fork("y").uniform()).not.toBe(fresh);
  });

  test("uniform numbers fill [0, 1) evenly: chi-square over 64 cells is no outlier for any of 20 seeds", () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = randomStream(seed);
      const cells = new Float64Array(64);
      for (let i = 0; i < 64_000; i++) cells[Math.floor(random.uniform() * 64)]!++;
      const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
      // 63 degrees of freedom: P(chi-square > 120) < 2e-5, P(< 27) < 2e-5.
      expect(chiSquare).toBeLessThan(120);
      expect(chiSquare).toBeGreaterThan(27);
    }
  });

  test("normal numbers have mean 0, deviation 1 and normal tails", () => {
    const { normal } = randomStream("normal");
    const values = Array.from({ length: 100_000 }, normal);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
    const beyond = values.filter((x) => Math.abs(x) > 1.959964).length / values.length;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.004);
  });

  test("a shuffle moves every item anywhere with the same chance", () => {
    const counts = Array.from({ length: 4 }, () => new Float64Array(4));
    const random = randomStream(9);
    for (let i = 0; i < 8000; i++) {
      random.shuffle([0, 1, 2, 3]).forEach((item, place) => {
        counts[item]![place]!++;
      });
    }
    for (const row of counts) for (const count of row) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});

describe("columnsOf", () => {
  test("reads rows, ndarrays of any stride and class matrices alike", () => {
    const rows = [
      [1, 2],
      [3, 4],
      [5, NaN],
    ];
    const values = ndarray(new Float32Array([1, 3, 5, 2, 4, NaN]), [2, 3]).transpose(1, 0);
    for (const matrix of [rows, values, { classes: ["a", "b"], values }]) {
      expect(columnsOf(matrix, "labels").columns.map((c) => [...c])).toEqual([
        [1, 3, 5],
        [2, 4, NaN],
      ]);
    }
  });

  test("ragged rows, other dimensions and a wrong number of names are errors", () => {
    expect(() => columnsOf([[1], [1, 2]], "labels")).toThrow("labels: row 1 has 2 values where row 0 has 1");
    expect(() => columnsOf(ndarray(new Float32Array(3)), "labels")).toThrow("expected [samples, classes]");
    const values = ndarray(new Float32Array(2), [1, 2]);
    expect(() => columnsOf({ classes: ["a"], values }, "labels")).toThrow("1 class names and 2 columns");
  });
});

describe("rowMajor", () => {
  test("is a view of an array that lies row first, and a copy of one that does not", () => {
    const data = new Float32Array([1, 2, 3, 4, 5, 6]);
    const array = ndarray(data, [2, 3]);
    expect(rowMajor(array).buffer).toBe(data.buffer);
    expect([...rowMajor(array.transpose(1, 0))]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...rowMajor(array.lo(1, 1))]).toEqual([5, 6]);
  });
});
