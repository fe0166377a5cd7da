import { delongInterval, delongTest, rocAuc } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { normalQuantile, normalUpperTail } from "../../src/metrics/normal.js";
import { expectClose, reference } from "./reference.js";

describe.each(reference.cases.filter((of) => of.delong !== undefined))(
  "equals DeLong's formulas summed over all pairs, to 1e-9: $name",
  (of) => {
    test("interval", () => {
      const { auc, lower, upper, standardError } = delongInterval(of.labels, of.scores);
      const { lower95, upper95, lower80 } = of.delong!;
      expectClose([auc, standardError, lower, upper], [of.auc, of.delong!.standardError, lower95, upper95]);
      expectClose([delongInterval(of.labels, of.scores, { level: 0.8 }).lower], [lower80]);
    });
  },
);

describe.each(reference.cases.filter((of) => of.delongTest !== undefined))(
  "the paired test equals DeLong's formulas summed over all pairs, to 1e-9: $name",
  (of) => {
    const wanted = of.delongTest!;
    const result = delongTest(of.labels, of.scores, of.probabilities);

    test("difference, standard error, z and p", () =>
      expectClose(
        [result.difference, result.standardError, result.z, result.pValue],
        [wanted.difference, wanted.standardError, wanted.z, wanted.pValue],
      ));

    test("both areas", () =>
      expectClose(
        [result.aucA, result.aucB],
        [rocAuc(of.labels, of.scores), rocAuc(of.labels, of.probabilities)],
      ));

    test("interval of the difference, cut to [-1, 1]", () => {
      const margin = 1.959963984540054 * wanted.standardError;
      expectClose(
        [result.lower, result.upper],
        [Math.max(wanted.difference - margin, -1), Math.min(wanted.difference + margin, 1)],
      );
    });
  },
);

test("ends beyond 0 and 1 are cut, so the interval is not symmetric there", () => {
  const { auc, lower, upper, standardError } = delongInterval([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6]);
  expect(auc + 1.96 * standardError).toBeGreaterThan(1);
  expect(upper).toBe(1);
  expect(lower).toBeCloseTo(auc - 1.959963984540054 * standardError, 12);
});

test("the area is exactly that of rocAuc", () => {
  for (const { labels, scores } of reference.cases) {
    expect(delongInterval(labels, scores).auc).toBe(rocAuc(labels, scores));
  }
});

test("perfect separation has an interval without width", () => {
  expect(delongInterval([0, 0, 1, 1], [1, 2, 3, 4])).toEqual({
    auc: 1,
    lower: 1,
    upper: 1,
    standardError: 0,
  });
});

test("one sample of a label has an area but no interval", () => {
  expect(delongInterval([0, 0, 1], [1, 3, 2])).toEqual({
    auc: 0.5,
    lower: Number.NaN,
    upper: Number.NaN,
    standardError: Number.NaN,
  });
});

test("one label or no sample gives NaN", () => {
  const nothing = { auc: Number.NaN, lower: Number.NaN, upper: Number.NaN, standardError: Number.NaN };
  expect(delongInterval([1, 1, 1], [1, 3, 2])).toEqual(nothing);
  expect(delongInterval([0, 0, 0], [1, 3, 2])).toEqual(nothing);
  expect(delongInterval([], [])).toEqual(nothing);
});

test("unknown labels are skipped in pairs", () => {
  const labels = [0, 1, 0, 1, 1, 0];
  const a = [1, 4, 2, 3, 5, 4];
  const b = [2, 3, 1, 4, 2, 2];
  const unknown = [Number.NaN, ...labels];
  expect(delongTest(unknown, [9, ...a], [Number.NaN, ...b])).toEqual(delongTest(labels, a, b));
});

test("scores of the same ranks differ by 0, and the test is undefined", () => {
  const result = delongTest([0, 1, 0, 1], [1, 2, 3, 4], [10, 20, 30, 40]);
  expect(result).toMatchObject({ difference: 0, standardError: 0, lower: 0, upper: 0 });
  expect(result.z).toBeNaN();
  expect(result.pValue).toBeNaN();
});

describe("normal distribution", () => {
  test("quantiles equal scipy's to a relative 1e-15", () => {
    for (const [p, z] of reference.normalQuantile) {
      expect(Math.abs(normalQuantile(p) - z), `p = ${p}`).toBeLessThanOrEqual(
        1e-15 * Math.max(Math.abs(z), 1e-3),
      );
    }
    expect([0, 0.5, 1].map(normalQuantile)).toEqual([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY]);
    expect(normalQuantile(1.5)).toBeNaN();
  });

  test("upper tails equal scipy's to a relative 1e-12", () => {
    for (const [z, p] of reference.normalUpperTail) {
      expect(Math.abs(normalUpperTail(z) / p - 1), `z = ${z}`).toBeLessThan(1e-12);
    }
    expect(normalUpperTail(Number.POSITIVE_INFINITY)).toBe(0);
    expect(normalUpperTail(Number.NaN)).toBeNaN();
  });
});
