import { type BootstrapOptions, bootstrapInterval, rocAuc } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

const values = [3, 1, 4, 1, 5, 9, 2, 6];
const groups = ["a", "b", "a", "c", "d", "c", "a", "e"];
const meanOf = (rows: Int32Array) => mean(rows.map((row) => values[row]!));

function resamplesOf(options: BootstrapOptions): Int32Array[] {
  const seen: Int32Array[] = [];
  bootstrapInterval((rows) => {
    seen.push(rows);
    return 0;
  }, options);
  return seen;
}

test("the estimate is the statistic of all rows in order", () => {
  expect(resamplesOf({ groups, resamples: 0 })).toEqual([Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7)]);
  expect(bootstrapInterval(meanOf, { groups, resamples: 0 })).toEqual({
    estimate: 31 / 8,
    lower: Number.NaN,
    upper: Number.NaN,
    resamples: 0,
    undefinedResamples: 0,
  });
});

test("each resample draws as many patients as there are, each with all its rows", () => {
  const members = new Map([...new Set(groups)].map((id) => [id, groups.filter((of) => of === id).length]));
  for (const rows of resamplesOf({ groups, resamples: 50 }).slice(1)) {
    let drawn = 0;
    for (const [id, size] of members) {
      const counts = groups.map((of, row) => (of === id ? rows.filter((r) => r === row).length : 0));
      const times = Math.max(...counts);
      expect(counts.filter((count) => count === times && count > 0).length).toBe(times > 0 ? size : 0);
      drawn += times;
    }
    expect(drawn).toBe(members.size);
  }
});

test("the ends are the linearly interpolated percentiles of the resamples", () => {
  const means = resamplesOf({ groups, resamples: 101, seed: 5 }).slice(1).map(meanOf);
  means.sort((a, b) => a - b);
  // 101 values: quantiles 0.05 and 0.95 are those of rank 5 and 95; 0.025 lies halfway between ranks 2 and 3.
  const ninety = bootstrapInterval(meanOf, { groups, resamples: 101, seed: 5, level: 0.9 });
  expect(ninety.lower).toBeCloseTo(means[5]!, 12);
  expect(ninety.upper).toBeCloseTo(means[95]!, 12);
  const standard = bootstrapInterval(meanOf, { groups, resamples: 101, seed: 5 });
  expect(standard.lower).toBeCloseTo((means[2]! + means[3]!) / 2, 12);
});

test("the same seed gives the same interval, whatever happens to Math.random", () => {
  const first = bootstrapInterval(meanOf, { groups, seed: 3 });
  const builtIn = Math.random;
  try {
    Math.random = () => {
      throw new Error("Math.random was called");
    };
    expect(bootstrapInterval(meanOf, { groups, seed: 3 })).toEqual(first);
  } finally {
    Math.random = builtIn;
  }
  expect(bootstrapInterval(meanOf, { groups, seed: 4 })).not.toEqual(first);
  expect(bootstrapInterval(meanOf, { groups })).toEqual(bootstrapInterval(meanOf, { groups, seed: 0 }));
});

test("patient ids are compared as text, and only by equality", () => {
  const numbers = [1, 2, 1, 3, 4, 3, 1, 5];
  expect(bootstrapInterval(meanOf, { groups: numbers })).toEqual(bootstrapInterval(meanOf, { groups }));
  expect(bootstrapInterval(meanOf, { groups: numbers.map(String) })).toEqual(
    bootstrapInterval(meanOf, { groups }),
  );
});

test("resamples in which the statistic is NaN are left out and counted", () => {
  const labels = [1, 0, 0, 0];
  const scores = [2, 1, 3, 2];
  const auc = (rows: Int32Array) =>
    rocAuc(
      rows.map((row) => labels[row]!),
      rows.map((row) => scores[row]!),
    );
  const result = bootstrapInterval(auc, { groups: [1, 2, 3, 4], resamples: 2000 });
  expect(result.estimate).toBe(0.5);
  // Undefined without the positive, or with nothing else: (3/4)^4 + (1/4)^4 = 0.320 of the resamples.
  expect(result.undefinedResamples / 2000).toBeGreaterThan(0.28);
  expect(result.undefinedResamples / 2000).toBeLessThan(0.36);
  expect(result).toMatchObject({ lower: 0, upper: 1, resamples: 2000 });
  expect(bootstrapInterval(() => Number.NaN, { groups, resamples: 7 })).toEqual({
    estimate: Number.NaN,
    lower: Number.NaN,
    upper: Number.NaN,
    resamples: 7,
    undefinedResamples: 7,
  });
});

test("several numbers give an interval each, on the same resamples", () => {
  const [a, b] = bootstrapInterval((rows) => [meanOf(rows), -meanOf(rows)], { groups, seed: 1 });
  expect(a).toEqual(bootstrapInterval(meanOf, { groups, seed: 1 }));
  expect(b!.lower).toBeCloseTo(-a!.upper, 12);
  expect(bootstrapInterval(() => [], { groups })).toEqual([]);
});

describe("errors name the argument", () => {
  test.each<[string, Partial<BootstrapOptions>]>([
    ["options.resamples: is -1", { resamples: -1 }],
    ["options.resamples: is 2.5", { resamples: 2.5 }],
    ["options.level: is 95", { level: 95 }],
    ["options.groups: index 1 has no id", { groups: ["a", " ", "c"] }],
    ["options.groups: index 2 has no id", { groups: [1, 2, Number.NaN] }],
  ])("%s", (message, options) => {
    expect(() => bootstrapInterval(() => 0, { groups, ...options })).toThrow(message);
  });

  test("a statistic that changes its count of numbers", () => {
    let calls = 0;
    const growing = () => new Float64Array(++calls);
    expect(() => bootstrapInterval(growing, { groups })).toThrow("statistic: gave 2 numbers");
  });
});
