import fc from "fast-check";
import { confusionAt, thresholdSweep } from "radiolucent/metrics";
import { expect, test } from "vitest";
import { expectClose } from "./reference.js";

const labels = [0, 0, 1, 1];
const scores = [0.1, 0.4, 0.35, 0.8];

test("by default every distinct score is a threshold, in ascending order", () => {
  const { thresholds, sensitivity, specificity, called } = thresholdSweep([...labels, 1], [...scores, 0.4]);
  expect([...thresholds]).toEqual([0.1, 0.35, 0.4, 0.8]);
  expect([...sensitivity]).toEqual([1, 1, 2 / 3, 1 / 3]);
  expect([...specificity]).toEqual([0, 0.5, 0.5, 1]);
  expect([...called]).toEqual([1, 0.8, 0.6, 0.2]);
});

test("points are evenly spaced from the lowest known score to the highest, both of them exactly", () => {
  const { thresholds } = thresholdSweep([...labels, Number.NaN], [...scores, 0.95], { points: 8 });
  expectClose(thresholds, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]);
  expect([thresholds[0], thresholds[7]]).toEqual([0.1, 0.8]);
});

test("is confusionAt at each threshold (property)", () => {
  const row = fc.record({
    label: fc.constantFrom(0, 1, Number.NaN),
    score: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ min: 0, max: 4, noNaN: true })),
    weight: fc.integer({ min: 0, max: 3 }),
  });
  const points = fc.option(fc.integer({ min: 2, max: 9 }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 15 }), points, (rows, count) => {
      const truth = rows.map(({ label }) => label);
      const values = rows.map(({ score }) => score);
      const weights = rows.map(({ weight }) => weight);
      const { thresholds, ...sweep } = thresholdSweep(truth, values, {
        weights,
        ...(count !== undefined && { points: count }),
      });
      thresholds.forEach((threshold, i) => {
        const confusion = confusionAt(truth, values, threshold, { weights });
        const { sensitivity, specificity, precision, negativePredictiveValue, f1 } = confusion;
        const expected = { sensitivity, specificity, precision, negativePredictiveValue, f1 };
        for (const [name, value] of Object.entries(expected)) {
          expect(sweep[name as keyof typeof expected][i], name).toBe(value);
        }
        const all = confusion.truePositives + confusion.falsePositives;
        expect(sweep.called[i]).toBe(all / (all + confusion.trueNegatives + confusion.falseNegatives));
      });
    }),
  );
});

test("no known label gives no threshold; one label leaves the other's rate NaN", () => {
  expect(thresholdSweep([Number.NaN], [0.5], { points: 3 }).thresholds.length).toBe(0);
  const { sensitivity, specificity } = thresholdSweep([1, 1], [0.2, 0.4]);
  expect([...sensitivity]).toEqual([1, 0.5]);
  expect([...specificity]).toEqual([Number.NaN, Number.NaN]);
});

test("a constant score gives as many equal thresholds as points are asked for", () => {
  const { thresholds, sensitivity } = thresholdSweep([0, 1], [0.3, 0.3], { points: 8 });
  // Between equal ends 0.3 is interpolated to a little more, which would call nothing.
  expect((1 - 1 / 7) * 0.3 + (1 / 7) * 0.3).toBeGreaterThan(0.3);
  expect([...sensitivity]).toEqual(new Array(8).fill(1));
  expectClose(thresholds, new Array(8).fill(0.3));
});

test("fewer than two points, or a part of one, are errors", () => {
  for (const points of [1, 0, 2.5, Number.NaN]) {
    expect(() => thresholdSweep(labels, scores, { points })).toThrow(`options.points: is ${points}`);
  }
});
