import fc from "fast-check";
import { confusionAt, selectThreshold, type ThresholdCriterion } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";

const labels = [0, 0, 1, 1];
const scores = [0.1, 0.4, 0.35, 0.8];

/** Values, each as often as said. */
function* blocks(...runs: readonly (readonly [value: number, times: number])[]): Generator<number> {
  for (const [value, times] of runs) yield* new Array<number>(times).fill(value);
}

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
      f1: 4 / 5,
      accuracy: 3 / 4,
      balancedAccuracy: 0.75,
      matthewsCorrelation: 2 / Math.sqrt(12),
      positiveLikelihoodRatio: 2,
      negativeLikelihoodRatio: 0,
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
      f1: 0,
      accuracy: 0,
      balancedAccuracy: Number.NaN,
      matthewsCorrelation: Number.NaN,
      positiveLikelihoodRatio: Number.NaN,
      negativeLikelihoodRatio: Number.NaN,
    });
    for (const value of Object.values(confusionAt([], [], 0)).slice(4)) expect(value).toBeNaN();
  });

  test("F1 is 0 when positives are there and none is found, or only negatives are called, and NaN when there is neither", () => {
    expect(confusionAt([0, 1], [0.1, 0.2], 0.5).f1).toBe(0);
    expect(confusionAt([0, 0], [0.1, 0.6], 0.5).f1).toBe(0);
    expect(confusionAt([0, 0], [0.1, 0.2], 0.5).f1).toBeNaN();
  });

  test("a likelihood ratio to nothing is Infinity, of nothing 0, and of nothing to nothing NaN", () => {
    const right = confusionAt([0, 1], [0.1, 0.9], 0.5);
    expect([right.positiveLikelihoodRatio, right.negativeLikelihoodRatio]).toEqual([
      Number.POSITIVE_INFINITY,
      0,
    ]);
    const wrong = confusionAt([0, 1], [0.9, 0.1], 0.5);
    expect([wrong.positiveLikelihoodRatio, wrong.negativeLikelihoodRatio]).toEqual([
      0,
      Number.POSITIVE_INFINITY,
    ]);
    const all = confusionAt([0, 1], [0.9, 0.9], 0.5);
    expect([all.positiveLikelihoodRatio, all.negativeLikelihoodRatio]).toEqual([1, Number.NaN]);
  });

  test("Matthews' correlation is 1 for all right, -1 for all wrong, NaN when all decisions are alike", () => {
    expect(confusionAt([0, 1, 1], [0.1, 0.9, 0.8], 0.5).matthewsCorrelation).toBe(1);
    expect(confusionAt([0, 1, 1], [0.9, 0.1, 0.2], 0.5).matthewsCorrelation).toBeCloseTo(-1, 12);
    expect(confusionAt([0, 1, 1], [0.9, 0.8, 0.7], 0.5).matthewsCorrelation).toBeNaN();
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
    for (const criterion of [
      "f1",
      "x",
      {},
      { f1: 1 },
      { sensitivity: 0.9, specificity: 0.9 },
      null,
      { cost: null },
    ]) {
      expect(() => selectThreshold(labels, scores, { criterion: criterion as never })).toThrow(
        'expected "youden", { sensitivity }, { specificity }, { precision }, { fBeta } or { cost }',
      );
    }
  });

  test("a precision asks for the highest sensitivity that keeps it, then for the highest threshold", () => {
    // Precision at 0.9: 1; at 0.8: 1/2; at 0.7: 2/3; at 0.6: 2/4; at 0.5: 3/5; at 0.4: 3/6.
    const truth = [1, 0, 1, 0, 1, 0];
    const values = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
    const at = (precision: number) => selectThreshold(truth, values, { criterion: { precision } }).threshold;
    expect(at(1)).toBe(0.9);
    expect(at(0.67)).toBe(0.9);
    expect(at(2 / 3)).toBe(0.7);
    expect(at(0.6)).toBe(0.5);
    expect(at(0.5)).toBe(0.5);
    expect(at(0)).toBe(0.5);
  });

  test("a precision that no threshold reaches gives Infinity: nothing counts as positive", () => {
    expect(selectThreshold([0, 1], [0.5, 0.5], { criterion: { precision: 0.6 } })).toEqual({
      threshold: Number.POSITIVE_INFINITY,
      sensitivity: 0,
      specificity: 1,
    });
  });

  test("F-beta weighs recall beta times as much as precision; among equal values the highest threshold wins", () => {
    // At 4: 1 of 2 found, precision 1; at 1: 2 of 2, precision 1/2. F1 is 2/3 at both.
    const at = (fBeta: number) =>
      selectThreshold([1, 0, 0, 1], [4, 3, 2, 1], { criterion: { fBeta } }).threshold;
    expect(at(0.5)).toBe(4);
    expect(at(1)).toBe(4);
    expect(at(2)).toBe(1);
  });

  test("F1 values that only rounding tells apart are equal: the highest threshold wins", () => {
    // At 4: 1 of 3 positives in 3 calls; at 3: 3 of 3 in 15. Both have 1/3, but not as computed from precision and recall.
    const f1 = (precision: number, recall: number) => (2 * precision * recall) / (precision + recall);
    expect(f1(3 / 15, 1)).toBeGreaterThan(f1(1 / 3, 1 / 3));
    const truth = [...blocks([1, 1], [0, 2], [1, 2], [0, 10])];
    const values = [...blocks([4, 3], [3, 12])];
    expect(selectThreshold(truth, values, { criterion: { fBeta: 1 } }).threshold).toBe(4);
  });

  test("costs are weighed by how often the errors happen; equal costs give the highest threshold", () => {
    const truth = [1, 0, 0, 1];
    const values = [4, 3, 2, 1];
    // Errors (false positives, misses): at Infinity (0, 2), 4 (0, 1), 3 (1, 1), 2 (2, 1), 1 (2, 0).
    const at = (falsePositive: number, falseNegative: number) =>
      selectThreshold(truth, values, { criterion: { cost: { falsePositive, falseNegative } } }).threshold;
    expect(at(1, 1)).toBe(4);
    expect(at(1, 2)).toBe(4);
    expect(at(1, 2.1)).toBe(1);
    expect(at(0, 1)).toBe(1);
    expect(at(1, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  test("costs that only rounding tells apart are equal: the highest threshold wins", () => {
    // At 4: 3 misses for 0.1 each; at 3: 1 false positive for 0.3.
    expect(3 * 0.1).toBeGreaterThan(0.3);
    const cost = { falsePositive: 0.3, falseNegative: 0.1 };
    expect(selectThreshold([1, 0, 1, 1, 1], [4, 3, 3, 3, 3], { criterion: { cost } }).threshold).toBe(4);
  });

  test("a prevalence weighs errors as in a population that has it", () => {
    const truth = [1, 0, 0, 1];
    const values = [4, 3, 2, 1];
    // Shares of errors: at 4 half of the positives missed, at 1 all negatives called, at Infinity all positives missed.
    const at = (prevalence: number) =>
      selectThreshold(truth, values, {
        criterion: { cost: { falsePositive: 1, falseNegative: 1, prevalence } },
      }).threshold;
    expect(at(0)).toBe(Number.POSITIVE_INFINITY);
    expect(at(0.01)).toBe(4);
    expect(at(0.66)).toBe(4); // 0.66 / 2 < 0.34
    expect(at(0.67)).toBe(1); // 0.67 / 2 > 0.33
    expect(at(2 / 3)).toBe(4);
    expect(at(1)).toBe(1);
  });

  test("the samples' own prevalence changes nothing", () => {
    const truth = [1, 0, 0, 1, 0, 0, 0, 1];
    const values = [4, 3, 2, 1, 5, 0, 1, 6];
    for (const falseNegative of [0.5, 1, 2, 3, 5]) {
      const cost = { falsePositive: 1, falseNegative };
      const own = selectThreshold(truth, values, { criterion: { cost: { ...cost, prevalence: 3 / 8 } } });
      expect(own).toEqual(selectThreshold(truth, values, { criterion: { cost } }));
    }
  });

  test("costs, a beta or a prevalence out of their range are errors that name them", () => {
    const message = (criterion: ThresholdCriterion) => {
      try {
        selectThreshold(labels, scores, { criterion });
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    const cost = (falsePositive: number, falseNegative: number, prevalence = 0.5) =>
      message({ cost: { falsePositive, falseNegative, prevalence } });
    expect(cost(-1, 1)).toMatch(/^options\.criterion\.cost\.falsePositive: is -1/);
    expect(cost(1, Number.POSITIVE_INFINITY)).toMatch(
      /^options\.criterion\.cost\.falseNegative: is Infinity/,
    );
    expect(cost(0, 0)).toMatch(/^options\.criterion\.cost: is 0 for both/);
    expect(cost(1, 1, 5)).toMatch(/^options\.criterion\.cost\.prevalence: is 5/);
    expect(message({ fBeta: 0 })).toMatch(/^options\.criterion\.fBeta: is 0/);
    expect(message({ precision: 80 })).toMatch(/^options\.criterion\.precision: is 80/);
  });

  test("weights with fractions: what only rounding tells apart is equal", () => {
    // Three of five positives, each of weight 0.7: summed, less than 0.6 of them all.
    expect((0.7 + 0.7 + 0.7) / (0.7 + 0.7 + 0.7 + 0.7 + 0.7)).toBeLessThan(0.6);
    const truth = [...blocks([1, 3], [0, 1], [1, 2])];
    const values = [...blocks([3, 3], [2, 1], [1, 2])];
    const weights = truth.map(() => 0.7);
    const criterion = { sensitivity: 0.6 };
    expect(selectThreshold(truth, values, { criterion, weights }).threshold).toBe(3);
    expect(selectThreshold(truth, values, { criterion }).threshold).toBe(3);
  });

  test("is the best of all candidates, by exact fractions (property)", () => {
    const row = fc.record({ label: fc.constantFrom(0, 1), score: fc.integer({ min: 0, max: 8 }) });
    const whole = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 25 }), whole, whole, (rows, a, b) => {
        const truth = [0, 1, ...rows.map(({ label }) => label)];
        const values = [3, 4, ...rows.map(({ score }) => score)];
        const positives = BigInt(truth.filter((label) => label === 1).length);
        const at = (threshold: number) => {
          const { truePositives, falsePositives } = confusionAt(truth, values, threshold);
          return { found: BigInt(truePositives), alarms: BigInt(falsePositives) };
        };
        const candidates = [...new Set(values)].sort((x, y) => y - x);
        // Value as a fraction with a denominator above 0; undefined where the threshold is out of the question.
        type Fraction = readonly [bigint, bigint] | undefined;
        const best = (thresholds: number[], value: (of: ReturnType<typeof at>) => Fraction) => {
          let chosen = Number.POSITIVE_INFINITY;
          let most: Fraction;
          for (const threshold of thresholds) {
            const next = value(at(threshold));
            if (next === undefined || (most !== undefined && next[0] * most[1] <= most[0] * next[1]))
              continue;
            chosen = threshold;
            most = next;
          }
          return chosen;
        };
        const chosen = (criterion: ThresholdCriterion) =>
          selectThreshold(truth, values, { criterion }).threshold;
        const [p, q] = [BigInt(a), BigInt(b)];
        expect(chosen({ fBeta: a })).toBe(
          best(candidates, ({ found, alarms }) => [found, p * p * positives + found + alarms]),
        );
        expect(chosen({ precision: a / (a + b) })).toBe(
          best(candidates, ({ found, alarms }) =>
            found * (p + q) >= p * (found + alarms) ? [found, 1n] : undefined,
          ),
        );
        expect(chosen({ cost: { falsePositive: a, falseNegative: b } })).toBe(
          best([Number.POSITIVE_INFINITY, ...candidates], ({ found, alarms }) => [
            -(p * alarms + q * (positives - found)),
            1n,
          ]),
        );
      }),
    );
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
