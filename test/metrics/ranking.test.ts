import fc from "fast-check";
import { averagePrecision, brierScore, precisionRecallCurve, rocAuc, rocCurve } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { expectClose, reference } from "./reference.js";

describe.each(reference.cases)("equals scikit-learn to 1e-9: $name", (of) => {
  test("area under the ROC curve", () => expectClose([rocAuc(of.labels, of.scores)], [of.auc]));

  test("average precision is the step sum, without interpolation", () =>
    expectClose([averagePrecision(of.labels, of.scores)], [of.averagePrecision]));

  test("Brier score", () => expectClose([brierScore(of.labels, of.probabilities)], [of.brier]));

  test("the ROC curve starts at (0, 0) with threshold Infinity and keeps every distinct score", () => {
    const curve = rocCurve(of.labels, of.scores);
    expectClose(curve.falsePositiveRate, of.roc.fpr);
    expectClose(curve.truePositiveRate, of.roc.tpr);
    expect(curve.thresholds[0]).toBe(Number.POSITIVE_INFINITY);
    expectClose(curve.thresholds.slice(1), of.roc.thresholds);
  });

  test("the precision-recall curve ascends in threshold and ends at recall 0, precision 1", () => {
    const curve = precisionRecallCurve(of.labels, of.scores);
    expectClose(curve.precision, of.pr.precision);
    expectClose(curve.recall, of.pr.recall);
    expectClose(curve.thresholds, of.pr.thresholds);
  });
});

describe("undefined stays undefined", () => {
  test.each([
    ["no samples", [], []],
    ["positives only", [1, 1], [0.2, 0.6]],
    ["negatives only", [0, 0], [0.2, 0.6]],
    ["unknown labels only", [Number.NaN, Number.NaN], [0.2, 0.6]],
    ["positives and unknown labels", [1, Number.NaN], [0.2, 0.6]],
  ])("AUC and average precision are NaN for %s", (_, labels, scores) => {
    expect(rocAuc(labels, scores)).toBeNaN();
    expect(averagePrecision(labels, scores)).toBeNaN();
  });

  test("the ROC rate of a label that does not occur is NaN at every point", () => {
    const curve = rocCurve([1, 1], [0.2, 0.6]);
    expect([...curve.falsePositiveRate]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([...curve.truePositiveRate]).toEqual([0, 0.5, 1]);
  });

  test("the curves of no samples keep the point where nothing counts as positive", () => {
    expect([...rocCurve([], []).thresholds]).toEqual([Number.POSITIVE_INFINITY]);
    expect([...precisionRecallCurve([], []).recall]).toEqual([0]);
    expect([...precisionRecallCurve([0], [0.5]).recall]).toEqual([Number.NaN, 0]);
  });

  test("the Brier score is NaN without a known label and defined with one label only", () => {
    expect(brierScore([], [])).toBeNaN();
    expect(brierScore([Number.NaN], [0.5])).toBeNaN();
    expect(brierScore([1, 1], [0.5, 1])).toBe(0.125);
  });
});

const sample = fc
  .array(
    fc.record({
      label: fc.constantFrom(0, 1),
      score: fc.integer({ min: -4, max: 4 }),
      unknown: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((rows) => ({
    labels: rows.map((row) => row.label),
    scores: rows.map((row) => row.score),
    unknown: rows.map((row) => row.unknown),
  }));

describe("properties", () => {
  test("AUC is the share of won pairs, a tie being half a pair", () => {
    fc.assert(
      fc.property(sample, ({ labels, scores }) => {
        const of = (label: number) => scores.filter((_, i) => labels[i] === label);
        const pairs = of(1).flatMap((high) => of(0).map((low) => (Math.sign(high - low) + 1) / 2));
        const mean = pairs.reduce((sum, won) => sum + won, 0) / pairs.length;
        expectClose([rocAuc(labels, scores)], [mean]);
      }),
    );
  });

  test("a strictly increasing map of the scores changes neither AUC nor average precision", () => {
    fc.assert(
      fc.property(sample, ({ labels, scores }) => {
        const mapped = scores.map((score) => Math.exp(score) - 7);
        expect(rocAuc(labels, mapped)).toBe(rocAuc(labels, scores));
        expect(averagePrecision(labels, mapped)).toBe(averagePrecision(labels, scores));
      }),
    );
  });

  test("AUC of the negated scores is 1 - AUC", () => {
    fc.assert(
      fc.property(sample, ({ labels, scores }) => {
        const negated = scores.map((score) => -score);
        expectClose([rocAuc(labels, negated)], [1 - rocAuc(labels, scores)]);
      }),
    );
  });

  test("samples with an unknown label change nothing, whatever their score", () => {
    fc.assert(
      fc.property(sample, ({ labels, scores, unknown }) => {
        const known = unknown.map((value) => !value);
        const hidden = labels.map((label, i) => (unknown[i] ? Number.NaN : label));
        const noise = scores.map((score, i) => (unknown[i] ? Number.NaN : score));
        const keptLabels = labels.filter((_, i) => known[i]);
        const keptScores = scores.filter((_, i) => known[i]);
        expect(rocAuc(hidden, noise)).toBe(rocAuc(keptLabels, keptScores));
        expect(averagePrecision(hidden, noise)).toBe(averagePrecision(keptLabels, keptScores));
        expect(rocCurve(hidden, noise)).toEqual(rocCurve(keptLabels, keptScores));
        expect(precisionRecallCurve(hidden, noise)).toEqual(precisionRecallCurve(keptLabels, keptScores));
      }),
    );
  });

  test("AUC of the complements 1 - s is 1 - AUC", () => {
    fc.assert(
      fc.property(sample, ({ labels, scores }) => {
        const probabilities = scores.map((score) => (score + 4) / 8);
        const complements = probabilities.map((probability) => 1 - probability);
        expectClose([rocAuc(labels, complements)], [1 - rocAuc(labels, probabilities)]);
      }),
    );
  });

  test("neither the order of the samples nor the type of the arrays matters", () => {
    const ordered = sample.chain((of) =>
      fc.record({
        of: fc.constant(of),
        order: fc.shuffledSubarray([...of.labels.keys()], { minLength: of.labels.length }),
      }),
    );
    fc.assert(
      fc.property(ordered, ({ of: { labels, scores }, order }) => {
        const shuffledLabels = order.map((i) => labels[i]!);
        const shuffledScores = order.map((i) => scores[i]!);
        for (const metric of [rocAuc, rocCurve, averagePrecision, precisionRecallCurve]) {
          const value = metric(labels, scores);
          expect(metric(shuffledLabels, shuffledScores)).toEqual(value);
          expect(metric(Uint8Array.from(labels), Float32Array.from(scores))).toEqual(value);
        }
      }),
    );
  });
});

test("a curve of 300,000 distinct scores does not overflow the stack", () => {
  const size = 300_000;
  const labels = Uint8Array.from({ length: size }, (_, i) => i % 2);
  const scores = Float64Array.from({ length: size }, (_, i) => i);
  expect(rocCurve(labels, scores).thresholds.length).toBe(size + 1);
});
