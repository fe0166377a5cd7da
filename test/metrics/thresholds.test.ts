import fc from "fast-check";
import { confusionAt, selectThreshold } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";

const labels = [0, 0, 1, 1];
const scores = [0.1, 0.4, 0.35, 0.8];

describe("confusionAt", () => {
  test("a score counts as positive when score >= threshold", () => {
    expect(confusionAt(labels, scores, 0.35)).toEqual({
      truePositives: 2,
      falsePositives: 1,
      trueNegatives: 1,
      falseNegatives: 0,
      sensitivity: 1,
      specificity: 0.5,
      precision: 2 / 3,
      negativePredictiveValue: 1,
    });
    expect(confusionAt(labels, scores, 0.3500001)).toMatchObject({ truePositives: 1, falseNegatives: 1 });
  });

  test("unknown labels are not counted", () => {
    const confusion = confusionAt([Number.NaN, ...labels], [0.9, ...scores], 0.35);
    expect(confusion).toEqual(confusionAt(labels, scores, 0.35));
  });

  test("shares of nothing are NaN", () => {
    expect(confusionAt([1, 1], [0.2, 0.4], Number.POSITIVE_INFINITY)).toEqual({
      truePositives: 0,
      falsePositives: 0,
      trueNegatives: 0,
      falseNegatives: 2,
      sensitivity: 0,
      specificity: Number.NaN,
      precision: Number.NaN,
      negativePredictiveValue: 0,
    });
  });
});

describe("selectThreshold", () => {
  test("Youden is the default, and among equal values the highest threshold wins", () => {
    // Sensitivity + specificity - 1 is 0.5 at 0.8 and at 0.35, 0 at 0.4 and 0.1.
    const point = { threshold: 0.8, sensitivity: 0.5, specificity: 1 };
    expect(selectThreshold(labels, scores)).toEqual(point);
    expect(selectThreshold(labels, scores, { criterion: "youden" })).toEqual(point);
  });

  test("values that only rounding tells apart are equal: the highest threshold wins", () => {
    // At 4: 1 of 2 positives, 2 of 6 negatives; at 3: 2 of 2 and 5 of 6. Both have 1/6, but 1 + 1/6 > 1/2 + 4/6 in
    // floating point.
    const { threshold } = selectThreshold([1, 0, 0, 1, 0, 0, 0, 0], [4, 4, 4, 3, 3, 3, 3, 2]);
    expect(1 + 1 / 6).toBeGreaterThan(1 / 2 + 4 / 6);
    expect(threshold).toBe(4);
  });

  test("a sensitivity asks for the highest threshold that reaches it", () => {
    const at = (sensitivity: number) => selectThreshold(labels, scores, { criterion: { sensitivity } });
    expect(at(0)).toEqual({ threshold: 0.8, sensitivity: 0.5, specificity: 1 });
    expect(at(0.5)).toEqual({ threshold: 0.8, sensitivity: 0.5, specificity: 1 });
    expect(at(0.51)).toEqual({ threshold: 0.35, sensitivity: 1, specificity: 0.5 });
    expect(at(1)).toEqual({ threshold: 0.35, sensitivity: 1, specificity: 0.5 });
  });

  test("a specificity asks for the highest sensitivity that keeps it, then for the highest threshold", () => {
    const at = (specificity: number) => selectThreshold(labels, scores, { criterion: { specificity } });
    expect(at(1)).toEqual({ threshold: 0.8, sensitivity: 0.5, specificity: 1 });
    expect(at(0.5)).toEqual({ threshold: 0.35, sensitivity: 1, specificity: 0.5 });
    expect(at(0)).toEqual({ threshold: 0.35, sensitivity: 1, specificity: 0.5 });
  });

  test("a specificity that no score reaches gives Infinity: nothing counts as positive", () => {
    expect(selectThreshold([0, 1], [0.5, 0.5], { criterion: { specificity: 0.9 } })).toEqual({
      threshold: Number.POSITIVE_INFINITY,
      sensitivity: 0,
      specificity: 1,
    });
  });

  test("a constant score is its own threshold", () => {
    expect(selectThreshold([0, 1], [0.5, 0.5])).toEqual({ threshold: 0.5, sensitivity: 1, specificity: 0 });
  });

  test("with one label or no sample everything is NaN", () => {
    const nothing = { threshold: Number.NaN, sensitivity: Number.NaN, specificity: Number.NaN };
    expect(selectThreshold([1, 1, Number.NaN], [0.1, 0.2, 0.3])).toEqual(nothing);
    expect(selectThreshold([], [])).toEqual(nothing);
  });

  test("a share outside [0, 1] is an error that names the criterion", () => {
    expect(() => selectThreshold(labels, scores, { criterion: { sensitivity: 90 } })).toThrow(
      "options.criterion.sensitivity: is 90",
    );
    expect(() => selectThreshold([], [], { criterion: { specificity: Number.NaN } })).toThrow(
      "options.criterion.specificity: is NaN",
    );
  });

  test("an unknown criterion, or two at once, is an error that lists them", () => {
    for (const criterion of ["f1", {}, { sensitivity: 0.9, specificity: 0.9 }]) {
      expect(() => selectThreshold(labels, scores, { criterion: criterion as "youden" })).toThrow(
        'expected "youden", { sensitivity } or { specificity }',
      );
    }
  });

  test("no distinct score does better, and confusionAt agrees (property)", () => {
    const row = fc.record({ label: fc.constantFrom(0, 1), score: fc.integer({ min: 0, max: 8 }) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 25 }), (rows) => {
        const truth = [0, 1, ...rows.map(({ label }) => label)];
        const values = [3, 4, ...rows.map(({ score }) => score)];
        const youden = (threshold: number) => {
          const { sensitivity, specificity } = confusionAt(truth, values, threshold);
          return sensitivity + specificity - 1;
        };
        const chosen = selectThreshold(truth, values);
        expect(confusionAt(truth, values, chosen.threshold)).toMatchObject({
          sensitivity: chosen.sensitivity,
          specificity: chosen.specificity,
        });
        for (const value of values) {
          const gain = youden(value) - youden(chosen.threshold);
          expect(gain).toBeLessThan(1e-12);
          if (value > chosen.threshold) expect(gain).toBeLessThan(0);
        }
      }),
    );
  });
});
