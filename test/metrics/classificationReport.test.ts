import fc from "fast-check";
import {
  type ClassificationReport,
  classificationReport,
  confusionAt,
  formatClassificationReport,
  multilabelConfusion,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { reference } from "./classificationReference.js";
import { expectClose } from "./reference.js";

const averages = ["micro", "macro", "weighted", "samples"] as const;
const shares = ["precision", "recall", "f1"] as const;

const options = (of: (typeof reference.multilabel)[number]) => ({
  classes: of.classes,
  thresholds: of.thresholds,
  ...(of.weights && { weights: of.weights }),
});

describe.each(reference.multilabel)("equals scikit-learn to 1e-9: $name", (of) => {
  test.each([0, 1])(
    "with zeroDivision %d: precision, recall, F1 and support, four averages",
    (zeroDivision) => {
      const report = classificationReport(of.labels, of.scores, { ...options(of), zeroDivision });
      const expected = of.reports[zeroDivision]!;
      for (const row of report.classes) {
        expectClose([...shares.map((share) => row[share]), row.support], expected[row.name]!);
      }
      for (const average of averages) {
        const line = [...shares.map((share) => report[average][share]), report.support];
        expectClose(line, expected[`${average} avg`]!);
      }
    },
  );

  test("with NaN, the default, what is undefined is left out of the averages", () => {
    const report = classificationReport(of.labels, of.scores, options(of));
    for (const average of averages) {
      expectClose(
        shares.map((share) => report[average][share]),
        of.undefinedLeftOut[average],
      );
    }
    expect(shares.map((share) => report.samples.undefinedSamples[share])).toEqual(
      of.undefinedLeftOut.undefinedSamples,
    );
  });

  test("counts of each class: [[TN, FP], [FN, TP]]", () => {
    const { classes } = multilabelConfusion(of.labels, of.scores, options(of));
    classes.forEach((row, c) => {
      const [negatives, positives] = of.confusion[c]!;
      expectClose([row.trueNegatives, row.falsePositives], negatives);
      expectClose([row.falseNegatives, row.truePositives], positives);
    });
  });
});

describe("the text of a report", () => {
  test.each(reference.multilabel.filter(({ weights }) => weights === null))(
    "is scikit-learn's: $name",
    (of) => {
      const report = (zeroDivision: number) =>
        classificationReport(of.labels, of.scores, { ...options(of), zeroDivision });
      expect(formatClassificationReport(report(0))).toBe(of.text.trimEnd());
      expect(formatClassificationReport(report(1), { digits: 4 })).toBe(of.textOf4Digits.trimEnd());
    },
  );

  test("says n/a for what is undefined, then what is left out, and how many labels are unknown", () => {
    const report = classificationReport(
      [
        [1, 0, Number.NaN],
        [0, 0, 0],
        [1, 0, Number.NaN],
      ],
      [
        [0.9, 0.1, 0.1],
        [0.2, 0.1, 0.1],
        [0.1, 0.1, 0.1],
      ],
      { classes: ["Edema", "Mass", "Hernia"] },
    );
    const lines = formatClassificationReport(report).split("\n");
    expect(lines[2]).toBe("       Edema       1.00      0.50      0.67         2");
    expect(lines[3]).toBe("        Mass        n/a       n/a       n/a         0");
    expect(lines.slice(-3)).toEqual([
      "Undefined, and not in the macro and weighted averages: precision (Mass, Hernia); recall (Mass, Hernia); F1 (Mass, Hernia).",
      "Samples that are not in the samples average: precision (2 of 3); recall (1 of 3); F1 (1 of 3).",
      "Unknown labels, counted nowhere: 2.",
    ]);
  });

  test("a number of digits that is none is an error", () => {
    const report = classificationReport([[1]], [[1]]);
    expect(() => formatClassificationReport(report, { digits: 1.5 })).toThrow("options.digits: is 1.5");
  });
});

const entry = fc.record({
  label: fc.constantFrom(0, 1, Number.NaN),
  score: fc.constantFrom(0, 0.25, 0.5, 0.75, 1),
});
const table = fc.array(fc.tuple(entry, entry, entry), { maxLength: 12 }).map((rows) => ({
  labels: rows.map((row) => row.map(({ label }) => label)),
  scores: rows.map((row) => row.map(({ score }) => score)),
}));
const column = (rows: readonly (readonly number[])[], c: number) => rows.map((row) => row[c]!);

describe("unknown labels", () => {
  test("are skipped class by class and counted: each class is confusionAt of its column (property)", () => {
    fc.assert(
      fc.property(table, ({ labels, scores }) => {
        if (labels.length === 0) return;
        const { classes } = multilabelConfusion(labels, scores, { thresholds: [0.5, 0.75, 0.25] });
        classes.forEach(({ name, threshold, unknown, ...confusion }, c) => {
          expect(name).toBe(`class ${c}`);
          expect(confusion).toEqual(confusionAt(column(labels, c), column(scores, c), threshold));
          expect(unknown).toBe(column(labels, c).filter(Number.isNaN).length);
        });
      }),
    );
  });

  test("leave a row of the samples average to its known classes; a row without any is in no average", () => {
    const nan = Number.NaN;
    const report = classificationReport(
      [
        [1, nan, 0], // called: first and third, so precision 1/2, recall 1
        [nan, nan, nan],
        [nan, 1, 1], // called: second, so precision 1, recall 1/2
      ],
      [
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 0],
      ],
    );
    expect(report.samples).toMatchObject({
      precision: 0.75,
      recall: 0.75,
      f1: 2 / 3,
      specificity: 0,
      samples: 2,
    });
    expect(report.samples.undefinedSamples).toEqual({ precision: 0, recall: 0, f1: 0, specificity: 1 });
    expect(report.classes.map(({ unknown }) => unknown)).toEqual([2, 2, 1]);
  });

  test("of a sample change nothing but the counts of unknown labels, whatever its scores (property)", () => {
    const counted = ({ classes, ...report }: ClassificationReport) => ({
      ...report,
      classes: classes.map(({ unknown, ...row }) => row),
    });
    fc.assert(
      fc.property(table, ({ labels, scores }) => {
        if (labels.length === 0) return;
        const nothing = [Number.NaN, Number.NaN, Number.NaN];
        const more = classificationReport([...labels, nothing], [...scores, nothing]);
        expect(counted(more)).toEqual(counted(classificationReport(labels, scores)));
      }),
    );
  });
});

test("the specificity of a class is the recall of its negatives", () => {
  const labels = [[1], [0], [0], [0]];
  const report = classificationReport(labels, [[1], [1], [0], [0]]);
  expect(report.classes[0]!.specificity).toBe(2 / 3);
  expect(report.micro.specificity).toBe(2 / 3);
});

test("the order of the samples doesn't matter (property)", () => {
  fc.assert(
    fc.property(table, ({ labels, scores }) => {
      const report = classificationReport(labels, scores);
      const reversed = classificationReport([...labels].reverse(), [...scores].reverse());
      expect(reversed.classes).toEqual(report.classes);
      expectClose(
        shares.map((share) => reversed.samples[share]),
        shares.map((share) => report.samples[share]),
      );
    }),
  );
});

test("a class without a threshold is undefined and named, with its support; no average counts it", () => {
  const labels = [
    [1, 1],
    [0, 1],
  ];
  const scores = [
    [0.9, 0.9],
    [0.8, 0.1],
  ];
  const report = classificationReport(labels, scores, { thresholds: [0.5, Number.NaN], zeroDivision: 0 });
  expect(report.classes[1]).toMatchObject({
    support: 2,
    precision: Number.NaN,
    recall: Number.NaN,
    f1: Number.NaN,
  });
  expect(report.macro).toMatchObject({ precision: 0.5, recall: 1 });
  expect(report.macro.undefinedClasses).toEqual({
    precision: ["class 1"],
    recall: ["class 1"],
    f1: ["class 1"],
    specificity: ["class 1"],
  });
  expect(report.micro).toMatchObject({ precision: 0.5, recall: 1 });
  expect(report.samples).toMatchObject({ precision: 0.5, recall: 0.5 });
});

test("no rows give undefined shares", () => {
  const report = classificationReport([], []);
  expect(report.classes).toEqual([]);
  expect(report.macro.f1).toBeNaN();
  expect(report.samples.samples).toBe(0);
});

test("wrong options are errors that name them", () => {
  const labels = [[1, 0]];
  expect(() => classificationReport(labels, labels, { zeroDivision: 0.5 })).toThrow(
    "options.zeroDivision: is 0.5",
  );
  expect(() => classificationReport(labels, labels, { thresholds: [0.5] })).toThrow(
    "options.thresholds: has 1 values for 2 classes",
  );
  expect(() => classificationReport(labels, labels, { classes: ["a"] })).toThrow(
    "options.classes: has 1 names",
  );
  expect(() => classificationReport(labels, labels, { weights: [1, 1] })).toThrow(
    "options.weights: has 2 values",
  );
  expect(() => classificationReport(labels, [[1]])).toThrow(
    "scores: has shape [1, 1] where the labels have [1, 2]",
  );
  expect(() => classificationReport(labels, [[1, Number.NaN]])).toThrow(
    'scores: class "class 1", index 0 is NaN',
  );
});
