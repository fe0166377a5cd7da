import fc from "fast-check";
import { classificationReport, detectionRates } from "radiolucent/metrics";
import { expect, test } from "vitest";
import { expectClose } from "./reference.js";

const nan = Number.NaN;
// First class: 1 of 3 positives found, 1 of 1 negative left alone; second: 1 of 1 and 1 of 3.
const labels = [
  [1, 0],
  [1, 0],
  [1, 0],
  [0, 1],
];
const scores = [
  [0.9, 0.9],
  [0.4, 0.6],
  [0.1, 0.3],
  [0.2, 0.5],
];

test("pooled rates count every entry of the label matrix once, mean rates every class once", () => {
  const { classes, pooled, mean } = detectionRates(labels, scores);
  expect(classes.map(({ sensitivity, specificity }) => [sensitivity, specificity])).toEqual([
    [1 / 3, 1],
    [1, 1 / 3],
  ]);
  expect(pooled).toEqual({ sensitivity: 0.5, specificity: 0.5 });
  expect(mean).toEqual({ sensitivity: 2 / 3, specificity: 2 / 3 });
});

test("a score counts as positive when score >= its class's threshold; one number is every class's", () => {
  const at = (thresholds: number | number[]) => detectionRates(labels, scores, { thresholds }).pooled;
  expect(at([0.4, 0.5])).toEqual({ sensitivity: 3 / 4, specificity: 2 / 4 });
  expect(at([0.4, 0.51])).toEqual({ sensitivity: 2 / 4, specificity: 2 / 4 });
  expect(at(0.1)).toEqual({ sensitivity: 1, specificity: 0 });
});

test("decisions that are 0 or 1 are taken as they are", () => {
  const decisions = scores.map((row) => row.map((score) => Number(score >= 0.5)));
  expect(detectionRates(labels, decisions)).toEqual(detectionRates(labels, scores));
});

test("unknown labels are counted and skipped; a class without a label or threshold is in no mean and named", () => {
  const rates = detectionRates(
    [
      [1, nan, 1, 0],
      [0, 0, 1, 1],
    ],
    [
      [1, 1, 1, 1],
      [1, 0, 1, 1],
    ],
    { thresholds: [0.5, 0.5, 0.5, nan], classes: ["a", "b", "c", "d"] },
  );
  expect(rates.classes.map(({ positives, negatives, unknown }) => [positives, negatives, unknown])).toEqual([
    [1, 1, 0],
    [0, 1, 1],
    [2, 0, 0],
    [1, 1, 0],
  ]);
  expect(rates.classes[3]).toMatchObject({ sensitivity: nan, specificity: nan });
  expect(rates.undefinedClasses).toEqual({ sensitivity: ["b", "d"], specificity: ["c", "d"] });
  expect(rates.mean).toEqual({ sensitivity: 1, specificity: 0.5 });
  expect(rates.pooled).toEqual({ sensitivity: 1, specificity: 0.5 });
});

test("weights are summed; a sample of weight 0 is not there, among the unknown neither", () => {
  const { classes } = detectionRates([[1], [1], [0], [nan], [nan]], [[1], [0], [0], [1], [1]], {
    weights: [3, 1, 2, 0.5, 0],
  });
  expect(classes[0]).toMatchObject({
    positives: 4,
    negatives: 2,
    unknown: 1,
    sensitivity: 0.75,
    specificity: 1,
  });
});

test("pooled rates are the report's micro recall and specificity, mean rates its macro ones (property)", () => {
  const entry = fc.record({ label: fc.constantFrom(0, 1, nan), score: fc.constantFrom(0, 0.5, 1) });
  const row = fc.record({
    entries: fc.tuple(entry, entry),
    weight: fc.double({ min: 0, max: 2, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
      const truth = rows.map(({ entries }) => entries.map(({ label }) => label));
      const values = rows.map(({ entries }) => entries.map(({ score }) => score));
      const options = { weights: rows.map(({ weight }) => weight) };
      const { pooled, mean } = detectionRates(truth, values, options);
      const { micro, macro } = classificationReport(truth, values, options);
      expectClose(
        [pooled.sensitivity, pooled.specificity, mean.sensitivity, mean.specificity],
        [micro.recall, micro.specificity, macro.recall, macro.specificity],
      );
    }),
  );
});

test("no rows give no classes and undefined rates", () => {
  const rates = detectionRates([], []);
  expect(rates.classes).toEqual([]);
  expect(rates.pooled.sensitivity).toBeNaN();
  expect(rates.mean.specificity).toBeNaN();
});
