import {
  averagePrecision,
  bootstrapInterval,
  brierScore,
  calibrationError,
  delongInterval,
  evaluateMultilabel,
  formatEvaluation,
  rocAuc,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { expectClose } from "./reference.js";
import { clustered } from "./uncertaintyReference.js";

const nan = Number.NaN;

describe("evaluateMultilabel", () => {
  const { labels, scores, groups } = clustered(20, 2, 10);
  const truth = labels.map((label, row) => [label, row % 4 === 0 ? nan : 1 - label]);
  const predicted = scores.map((score) => [1 / (1 + Math.exp(-score)), 1 / (1 + Math.exp(score))]);

  test("whole weights count as repeated rows; weight 0 as no row; intervals of the AUC are bootstrap", () => {
    const weights = labels.map((_, row) => row % 3);
    const repeated = labels.flatMap((_, row) => Array<number>(weights[row]!).fill(row));
    const options = { groups, weights, resamples: 30, seed: 3 };
    const weighted = evaluateMultilabel(truth, predicted, options);
    const again = evaluateMultilabel(
      repeated.map((row) => truth[row]!),
      repeated.map((row) => predicted[row]!),
      { groups: repeated.map((row) => groups[row]!), resamples: 30, seed: 3 },
    );
    weighted.classes.forEach((row, c) => {
      const other = again.classes[c]!;
      expectClose(
        [row.prevalence, row.auc.value, row.averagePrecision, row.brier, row.calibrationError.value],
        [
          other.prevalence,
          other.auc.value,
          other.averagePrecision,
          other.brier,
          other.calibrationError.value,
        ],
      );
      expectClose([row.auc.lower, row.brierInterval!.upper], [other.auc.lower, other.brierInterval!.upper]);
      const used = truth.filter((of, r) => weights[r]! > 0 && Number.isNaN(of[c]!)).length;
      expect(row.unknown).toBe(used);
    });
    expect(evaluateMultilabel(truth, predicted, { weights, resamples: 5 }).intervals.auc).toBe("bootstrap");
    expect(() =>
      evaluateMultilabel(truth, predicted, { weights: labels.map(() => 0.5), binning: "equal-mass" }),
    ).toThrow(/options.weights: index \d+ is 0.5; equal-mass bins need whole numbers/);
  });

  test("average precision and Brier score have the intervals of bootstrapInterval", () => {
    const options = { groups, resamples: 40, seed: 1 };
    const { classes } = evaluateMultilabel(truth, predicted, options);
    const wanted = bootstrapInterval(
      (rows) =>
        averagePrecision(
          Array.from(rows, (row) => truth[row]![0]!),
          Array.from(rows, (row) => predicted[row]![0]!),
        ),
      options,
    );
    const { value, lower, upper } = classes[0]!.averagePrecisionInterval!;
    expectClose([value, lower, upper], [wanted.estimate, wanted.lower, wanted.upper]);
    expect(classes[0]!.brierInterval!.value).toBe(classes[0]!.brier);
  });

  test("resamples only the metrics asked for, with the same intervals", () => {
    const all = evaluateMultilabel(truth, predicted, { groups, resamples: 40 });
    const some = evaluateMultilabel(truth, predicted, { groups, resamples: 40, metrics: ["auc"] });
    expect(some.classes[0]!.auc).toEqual(all.classes[0]!.auc);
    expect(some.macro.auc).toEqual(all.macro.auc);
    for (const other of [some.classes[0]!.brierInterval, some.classes[0]!.averagePrecisionInterval]) {
      expect(other).toMatchObject({ lower: nan, upper: nan, undefinedResamples: 0 });
    }
    expect(some.macro.averagePrecision.lower).toBeNaN();
    expect(() => evaluateMultilabel(truth, predicted, { metrics: ["f1" as "auc"] })).toThrow(
      'options.metrics: has "f1"',
    );
  });

  test("the interval of a calibration error stays within [0, 1]", () => {
    const y = [1, 0, 0, 0, 0, 0].map((label) => [label]);
    const { lower, upper } = evaluateMultilabel(
      y,
      y.map(() => [1]),
    ).classes[0]!.calibrationError;
    expect(lower).toBeGreaterThan(0);
    expect(upper).toBe(1);
  });

  test("a class that is known of one patient has no bootstrap interval", () => {
    const known = truth.map(([label], row) => [label!, groups[row]! < 1 ? row % 2 : nan]);
    const { classes, macro } = evaluateMultilabel(known, predicted, { groups, resamples: 20 });
    expect(classes[1]!.auc.value).toBeGreaterThanOrEqual(0);
    expect(classes[1]!.auc).toMatchObject({ lower: nan, upper: nan, undefinedResamples: 20 });
    expect(macro.brier).toMatchObject({ lower: nan, upper: nan });
    expect(classes[0]!.brierInterval!.lower).toBeGreaterThan(0);
  });

  test("fractional weights give the weighted values of each metric, and their resamples are those of the weights", () => {
    const weights = labels.map((_, row) => 0.3 + (row % 5) / 7);
    const { classes } = evaluateMultilabel(truth, predicted, { groups, weights, resamples: 30, seed: 2 });
    const at = <Value>(values: ArrayLike<Value>, rows: Int32Array) => Array.from(rows, (row) => values[row]!);
    [0, 1].forEach((c) => {
      const [y, p] = [truth.map((row) => row[c]!), predicted.map((row) => row[c]!)];
      const wanted = bootstrapInterval(
        (rows) =>
          [rocAuc, averagePrecision, brierScore, calibrationError].map((metric) =>
            metric(at(y, rows), at(p, rows), { weights: at(weights, rows) }),
          ),
        { groups, resamples: 30, seed: 2 },
      );
      const { auc, averagePrecisionInterval, brierInterval, calibrationError: error } = classes[c]!;
      [auc, averagePrecisionInterval!, brierInterval!].forEach(({ value, lower, upper }, k) => {
        expectClose([value, lower, upper], [wanted[k]!.estimate, wanted[k]!.lower, wanted[k]!.upper]);
      });
      expectClose(
        [error.value, error.lower, error.upper],
        [
          wanted[3]!.estimate,
          Math.max(0, 2 * wanted[3]!.estimate - wanted[3]!.upper),
          2 * wanted[3]!.estimate - wanted[3]!.lower,
        ],
      );
    });
  });

  test("DeLong's intervals are on the logit scale if asked, and the table says so", () => {
    const evaluation = evaluateMultilabel(truth, predicted, { aucScale: "logit", resamples: 0 });
    const { lower, upper } = delongInterval(labels, scores, { method: "logit" });
    expectClose([evaluation.classes[0]!.auc.lower, evaluation.classes[0]!.auc.upper], [lower, upper]);
    expect(formatEvaluation(evaluation)).toContain("DeLong on the logit scale");
  });

  test("warns when thresholds were chosen on the split that is evaluated, only when told both", () => {
    const warned = (options: object) =>
      evaluateMultilabel(truth, predicted, { resamples: 0, thresholds: [0.5, 0.5], ...options });
    expect(warned({}).warnings).toEqual([]);
    expect(warned({ split: "test", thresholdsChosenOn: "validation" }).warnings).toEqual([]);
    const evaluation = warned({ split: "test", thresholdsChosenOn: "test" });
    expect(evaluation.warnings.map(({ kind }) => kind)).toEqual(["same-split"]);
    const text = formatEvaluation(evaluation);
    expect(text).toContain('split "test"');
    expect(text).toContain('Thresholds were chosen on "test".');
    expect(text).toContain("Warning: The thresholds were chosen on the split");
  });
});
