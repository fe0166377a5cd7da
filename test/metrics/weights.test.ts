import fc from "fast-check";
import {
  averagePrecision,
  confusionAt,
  partialAuc,
  precisionRecallCurve,
  rocAuc,
  rocCurve,
  selectThreshold,
  thresholdSweep,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { reference } from "./classificationReference.js";
import { expectClose } from "./reference.js";

describe.each(reference.curves)("weights are scikit-learn's sample_weight to 1e-9: $name", (of) => {
  const { labels, scores, weights } = of;

  test("area under the ROC curve and average precision", () => {
    expectClose([rocAuc(labels, scores, { weights })], [of.auc]);
    expectClose([averagePrecision(labels, scores, { weights })], [of.averagePrecision]);
  });

  test("ROC curve", () => {
    const curve = rocCurve(labels, scores, { weights });
    expectClose(curve.falsePositiveRate, of.roc.fpr);
    expectClose(curve.truePositiveRate, of.roc.tpr);
    expectClose(curve.thresholds.slice(1), of.roc.thresholds);
  });

  test("precision-recall curve", () => {
    const curve = precisionRecallCurve(labels, scores, { weights });
    expectClose(curve.precision, of.pr.precision);
    expectClose(curve.recall, of.pr.recall);
    expectClose(curve.thresholds, of.pr.thresholds);
  });

  test.each(of.confusions)("counts and shares at threshold $threshold", ({ threshold, ...expected }) => {
    const confusion = confusionAt(labels, scores, threshold, { weights });
    const { positiveLikelihoodRatio, negativeLikelihoodRatio, ...shares } = confusion;
    const { positiveLikelihoodRatio: positive, negativeLikelihoodRatio: negative, ...rest } = expected;
    for (const [name, value] of Object.entries(shares)) expectClose([value], [rest[name] ?? null]);
    expect(Object.keys(rest).sort()).toEqual(Object.keys(shares).sort());
    if (typeof positive === "number") expectClose([positiveLikelihoodRatio], [positive]);
    if (typeof negative === "number") expectClose([negativeLikelihoodRatio], [negative]);
  });
});

const weighted = fc
  .array(
    fc.record({
      label: fc.constantFrom(0, 1, Number.NaN),
      score: fc.integer({ min: -3, max: 3 }),
      weight: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 25 },
  )
  .map((rows) => {
    const repeated = rows.flatMap((row) => new Array<typeof row>(row.weight).fill(row));
    return {
      labels: rows.map((row) => row.label),
      scores: rows.map((row) => row.score),
      options: { weights: rows.map((row) => row.weight) },
      repeatedLabels: repeated.map((row) => row.label),
      repeatedScores: repeated.map((row) => row.score),
    };
  });

test("whole weights are repeated samples, to the last bit (property)", () => {
  const criteria = [
    "youden",
    { sensitivity: 0.7 },
    { specificity: 0.7 },
    { precision: 0.6 },
    { fBeta: 2 },
    { cost: { falsePositive: 1, falseNegative: 3 } },
  ] as const;
  const metrics: ((l: number[], s: number[], o: { weights?: number[] }) => unknown)[] = [
    rocAuc,
    rocCurve,
    averagePrecision,
    precisionRecallCurve,
    thresholdSweep,
    (labels, scores, options) => confusionAt(labels, scores, 0, options),
    (labels, scores, options) => partialAuc(labels, scores, { maxFalsePositiveRate: 0.4, ...options }),
    (labels, scores, options) => partialAuc(labels, scores, { minSensitivity: 0.4, ...options }),
    ...criteria.map(
      (criterion) => (labels: number[], scores: number[], options: { weights?: number[] }) =>
        selectThreshold(labels, scores, { criterion, ...options }),
    ),
  ];
  fc.assert(
    fc.property(weighted, ({ labels, scores, options, repeatedLabels, repeatedScores }) => {
      for (const metric of metrics) {
        expect(metric(labels, scores, options)).toEqual(metric(repeatedLabels, repeatedScores, {}));
      }
    }),
  );
});

test("a common factor of all weights changes no share, and no choice of a threshold (property)", () => {
  fc.assert(
    fc.property(weighted, fc.double({ min: 0.01, max: 100, noNaN: true }), (of, factor) => {
      const scaled = { weights: of.options.weights.map((weight) => weight * factor) };
      const { labels, scores, options } = of;
      expectClose([rocAuc(labels, scores, scaled)], [rocAuc(labels, scores, options)]);
      expectClose([averagePrecision(labels, scores, scaled)], [averagePrecision(labels, scores, options)]);
      for (const criterion of ["youden", { sensitivity: 0.5 }, { precision: 0.5 }, { fBeta: 1 }] as const) {
        const chosen = selectThreshold(labels, scores, { criterion, ...scaled });
        expect(chosen.threshold).toBe(selectThreshold(labels, scores, { criterion, ...options }).threshold);
      }
    }),
  );
});

test("rounded sums of weights don't lift a perfect area above 1 (property)", () => {
  const positive = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(positive, { minLength: 4, maxLength: 40 }), (weights) => {
      const labels = weights.map((_, i) => i % 2);
      const scores = labels.map((label, i) => 100 * label + i);
      const auc = rocAuc(labels, scores, { weights });
      expect(auc).toBeLessThanOrEqual(1);
      expectClose([auc], [1]);
    }),
  );
});
