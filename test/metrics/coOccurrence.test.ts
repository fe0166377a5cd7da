import fc from "fast-check";
import { coOccurrence, multilabelConfusion } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { describeFindings } from "../../src/labels/describeDatasetFindings.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { reference } from "./classificationReference.js";

const nan = Number.NaN;
const entry = fc.record({ label: fc.constantFrom(0, 1, nan), score: fc.constantFrom(0, 0.5, 1) });
const table = fc.array(fc.tuple(entry, entry, entry), { minLength: 1, maxLength: 12 }).map((rows) => ({
  labels: rows.map((row) => row.map(({ label }) => label)),
  scores: rows.map((row) => row.map(({ score }) => score)),
}));

describe("of labels alone", () => {
  test("counts pairs in which both are known", () => {
    const { both, rowPresent, known, share } = coOccurrence([
      [1, 1],
      [1, 0],
      [1, nan],
      [0, 1],
    ]);
    expect(both).toEqual([
      [3, 1],
      [1, 2],
    ]);
    expect(rowPresent).toEqual([
      [3, 2],
      [2, 2],
    ]);
    expect(known).toEqual([
      [4, 3],
      [3, 3],
    ]);
    expect(share).toEqual([
      [1, 1 / 2],
      [1 / 2, 1],
    ]);
  });

  test("is the description's of a data set (property)", () => {
    fc.assert(
      fc.property(table, ({ labels }) => {
        const matrix = labelMatrix(["a", "b", "c"], labels);
        const { share, ...counts } = coOccurrence(matrix);
        expect(counts).toEqual(describeFindings(matrix).coOccurrence);
      }),
    );
  });
});

describe("of labels and decisions", () => {
  test.each(reference.multilabel)("row: the finding, column: what is called beside it: $name", (of) => {
    const { classes, labels, scores, thresholds } = of;
    const counts = coOccurrence(labels, scores, { classes, thresholds });
    expect(counts.both).toEqual(of.both);
    expect(counts.classes).toEqual(classes);
  });

  test("has the denominators of labels alone, and the sensitivities on its diagonal (property)", () => {
    fc.assert(
      fc.property(table, ({ labels, scores }) => {
        const alone = coOccurrence(labels);
        const { both, rowPresent, known, share } = coOccurrence(labels, scores);
        expect(rowPresent).toEqual(alone.rowPresent);
        expect(known).toEqual(alone.known);
        multilabelConfusion(labels, scores).classes.forEach(({ truePositives, sensitivity }, c) => {
          expect(both[c]![c]).toBe(truePositives);
          expect(share[c]![c]).toBe(sensitivity);
        });
      }),
    );
  });

  test("the column of a class without a threshold stays empty, its row does not", () => {
    const ones = [[1, 1]];
    const { both, known, share } = coOccurrence(ones, ones, { thresholds: [0.5, nan] });
    expect(both).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(known).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(share).toEqual([
      [1, nan],
      [1, nan],
    ]);
  });
});

test("no rows give an empty table", () => {
  expect(coOccurrence([])).toEqual({ classes: [], both: [], rowPresent: [], known: [], share: [] });
});
