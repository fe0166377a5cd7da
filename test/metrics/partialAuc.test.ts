import fc from "fast-check";
import { partialAuc, rocAuc } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { reference } from "./classificationReference.js";
import { expectClose } from "./reference.js";

describe.each(reference.curves)(
  "equals scikit-learn to 1e-9: $name",
  ({ labels, scores, weights, partial }) => {
    test.each(partial)("false-positive rates up to $limit, mapped as McClish does", (of) => {
      const range = { maxFalsePositiveRate: of.limit };
      expectClose([partialAuc(labels, scores, range)], [of.standardized]);
      expectClose([partialAuc(labels, scores, { ...range, weights })], [of.weighted]);
    });

    test.each(partial)("false-positive rates up to $limit, bare area", (of) => {
      const options = { maxFalsePositiveRate: of.limit, standardized: false };
      expectClose([partialAuc(labels, scores, options)], [of.area]);
    });

    test.each(partial)(
      "sensitivities from 1 - $limit up: that of the other label, seen from the other end",
      (of) => {
        const range = { minSensitivity: 1 - of.limit };
        expectClose([partialAuc(labels, scores, range)], [of.bySensitivity]);
        expectClose([partialAuc(labels, scores, { ...range, standardized: false })], [of.areaBySensitivity]);
      },
    );
  },
);

const labels = [0, 0, 1, 1];
const scores = [0.1, 0.4, 0.35, 0.8];

test("the area by sensitivity lies under the curve and above the line: specificities over sensitivities", () => {
  // Sensitivity 0 to 0.5 at specificity 1, from 0.5 to 1 at specificity 0.5.
  const area = (minSensitivity: number) =>
    partialAuc(labels, scores, { minSensitivity, standardized: false });
  expect(area(0.5)).toBe(0.25);
  expect(area(0.75)).toBe(0.125);
  expect(area(0)).toBe(0.75);
});

const sample = fc
  .array(fc.record({ label: fc.constantFrom(0, 1, Number.NaN), score: fc.integer({ min: 0, max: 6 }) }), {
    maxLength: 25,
  })
  .map((rows) => ({
    labels: [0, 1, ...rows.map((row) => row.label)],
    scores: [2, 3, ...rows.map((row) => row.score)],
  }));
const width = fc.double({ min: 0.01, max: 1, noNaN: true });

test("the whole range is the whole area, standardised or not (property)", () => {
  fc.assert(
    fc.property(sample, fc.boolean(), (of, standardized) => {
      const auc = rocAuc(of.labels, of.scores);
      expectClose([partialAuc(of.labels, of.scores, { maxFalsePositiveRate: 1, standardized })], [auc]);
      expectClose([partialAuc(of.labels, of.scores, { minSensitivity: 0, standardized })], [auc]);
    }),
  );
});

test("a bare area grows with its range and fits into it (property)", () => {
  fc.assert(
    fc.property(sample, width, width, (of, a, b) => {
      const [narrow, wide] = [Math.min(a, b), Math.max(a, b)];
      for (const range of [
        (share: number) => ({ maxFalsePositiveRate: share }),
        (share: number) => ({ minSensitivity: 1 - share }),
      ]) {
        const area = (share: number) =>
          partialAuc(of.labels, of.scores, { ...range(share), standardized: false });
        expect(area(narrow)).toBeGreaterThanOrEqual(0);
        expect(area(narrow)).toBeLessThanOrEqual(narrow + 1e-12);
        expect(area(wide) - area(narrow)).toBeGreaterThanOrEqual(-1e-12);
        expect(area(wide) - area(narrow)).toBeLessThanOrEqual(wide - narrow + 1e-12);
      }
    }),
  );
});

test("a strictly increasing map of the scores changes nothing (property)", () => {
  fc.assert(
    fc.property(sample, width, (of, limit) => {
      const mapped = of.scores.map((score) => Math.exp(score) - 7);
      const range = { maxFalsePositiveRate: limit };
      expect(partialAuc(of.labels, mapped, range)).toBe(partialAuc(of.labels, of.scores, range));
    }),
  );
});

test("a perfect curve has 1 and its bare area the width; chance has 0.5 and half the square of the width", () => {
  for (const range of [{ maxFalsePositiveRate: 0.3 }, { minSensitivity: 0.7 }]) {
    expectClose([partialAuc([0, 0, 1], [1, 2, 3], range)], [1]);
    expectClose([partialAuc([0, 0, 1], [1, 2, 3], { ...range, standardized: false })], [0.3]);
    expectClose([partialAuc([0, 1, 1], [1, 1, 1], range)], [0.5]);
    expectClose([partialAuc([0, 1, 1], [1, 1, 1], { ...range, standardized: false })], [0.045]);
  }
});

test("is NaN unless both labels occur", () => {
  for (const truth of [[], [1, 1], [0, Number.NaN]]) {
    const values = truth.map(() => 0.5);
    expect(partialAuc(truth, values, { maxFalsePositiveRate: 0.1 })).toBeNaN();
    expect(partialAuc(truth, values, { minSensitivity: 0.9 })).toBeNaN();
  }
});

test("a range outside its bounds, none or both are errors", () => {
  for (const maxFalsePositiveRate of [0, -0.1, 1.1, Number.NaN]) {
    expect(() => partialAuc(labels, scores, { maxFalsePositiveRate })).toThrow(
      `options.maxFalsePositiveRate: is ${maxFalsePositiveRate}; expected (0, 1]`,
    );
  }
  for (const minSensitivity of [1, -0.1, 90, Number.NaN]) {
    expect(() => partialAuc(labels, scores, { minSensitivity })).toThrow("options.minSensitivity: is");
  }
  for (const options of [{}, { maxFalsePositiveRate: 0.1, minSensitivity: 0.9 }]) {
    expect(() => partialAuc(labels, scores, options)).toThrow(
      "either maxFalsePositiveRate or minSensitivity",
    );
  }
});
