import fc from "fast-check";
import { randomStream } from "radiolucent";
import { labelMatrix } from "radiolucent/labels";
import {
  averagePrecision,
  type BootstrapInterval,
  bootstrapInterval,
  brierScore,
  calibrationError,
  classwiseCalibrationError,
  confusionAt,
  delongInterval,
  type EvaluationOptions,
  evaluateMultilabel,
  formatEvaluation,
  rocAuc,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { classMetrics } from "../../src/metrics/classMetrics.js";
import { normalUpperTail } from "../../src/metrics/normal.js";
import { knownSample, ranked } from "../../src/metrics/sample.js";
import { expectClose, reference } from "./reference.js";

const nan = Number.NaN;

/** Rows of three classes, the last with unknown labels, and several rows a patient. */
function cohort(patients: number, seed: number) {
  const random = randomStream(seed);
  const labels: number[][] = [];
  const probabilities: number[][] = [];
  const groups: string[] = [];
  for (let patient = 0; patient < patients; patient++) {
    for (let image = random.integer(4); image >= 0; image--) {
      const row = [0.5, 0.3, 0.4].map((prevalence) => (random.uniform() < prevalence ? 1 : 0));
      groups.push(`patient ${patient}`);
      probabilities.push(row.map((label) => Math.round(8 * (0.3 * label + 0.7 * random.uniform())) / 8));
      labels.push([row[0]!, row[1]!, random.uniform() < 0.3 ? nan : row[2]!]);
    }
  }
  return { labels, probabilities, groups };
}

const column = (rows: readonly (readonly number[])[], c: number) => rows.map((row) => row[c]!);

describe("weights that repeat a sample equal the weighted metrics of scikit-learn and numpy to 1e-9", () => {
  test.each(reference.cases.filter((of) => of.weighted !== undefined))("$name", (of) => {
    const weights = Float64Array.from(of.weights!);
    const weigh = (values: readonly number[], argument: "scores" | "probabilities") =>
      ranked({ ...knownSample(of.labels, values, { argument }), weights });
    const { auc, averagePrecision } = classMetrics(weigh(of.scores, "scores"), {});
    expectClose([auc, averagePrecision], [of.weighted!.auc, of.weighted!.averagePrecision]);
    for (const { bins, binning, l1 } of of.weighted!.calibration) {
      const metrics = classMetrics(weigh(of.probabilities, "probabilities"), { bins, binning });
      expectClose([metrics.brier, metrics.calibrationError], [of.weighted!.brier, l1]);
    }
  });
});

describe("values", () => {
  const { labels, probabilities, groups } = cohort(40, 1);

  test("are those of the functions for one class", () => {
    const evaluation = evaluateMultilabel(labels, probabilities, { bins: 5, binning: "equal-mass" });
    evaluation.classes.forEach((row, c) => {
      const y = column(labels, c);
      const p = column(probabilities, c);
      expectClose(
        [row.auc.value, row.averagePrecision, row.brier, row.calibrationError.value],
        [
          rocAuc(y, p),
          averagePrecision(y, p),
          brierScore(y, p),
          calibrationError(y, p, { bins: 5, binning: "equal-mass" }),
        ],
      );
      expect(row.positives).toBe(y.filter((label) => label === 1).length);
      expect(row.negatives).toBe(y.filter((label) => label === 0).length);
      expect(row.unknown).toBe(y.filter(Number.isNaN).length);
      expect(row.prevalence).toBe(row.positives / (row.positives + row.negatives));
    });
    expect(evaluation.macro.calibrationError.value).toBeCloseTo(
      classwiseCalibrationError(labels, probabilities, { bins: 5, binning: "equal-mass" }).mean,
      12,
    );
    expect(evaluation).toMatchObject({
      samples: labels.length,
      patients: undefined,
      binning: { bins: 5, binning: "equal-mass" },
      intervals: { level: 0.95, resamples: 500, auc: "delong" },
    });
  });

  test("sensitivity and specificity come with thresholds, NaN for a NaN threshold", () => {
    const thresholds = [0.25, 0.5, nan];
    const { classes } = evaluateMultilabel(labels, probabilities, { thresholds, resamples: 0 });
    [0, 1].forEach((c) => {
      const { sensitivity, specificity } = confusionAt(
        column(labels, c),
        column(probabilities, c),
        thresholds[c]!,
      );
      expect(classes[c]).toMatchObject({ threshold: thresholds[c], sensitivity, specificity });
    });
    expect(classes[2]).toMatchObject({ threshold: nan, sensitivity: nan, specificity: nan });
    const without = evaluateMultilabel(labels, probabilities, { resamples: 0 });
    expect(without.classes[0]).not.toHaveProperty("threshold");
  });

  test("names come from the options, else from the matrices, else from the columns", () => {
    const names = (options?: EvaluationOptions) =>
      evaluateMultilabel(labelMatrix(["a", "b"], [[0, 1]]), [[0, 1]], options).classes.map((row) => row.name);
    expect(names()).toEqual(["a", "b"]);
    expect(names({ classes: ["c", "d"] })).toEqual(["c", "d"]);
    expect(evaluateMultilabel([[0]], labelMatrix(["p"], [[1]])).classes[0]!.name).toBe("p");
    expect(evaluateMultilabel([[0]], [[1]]).classes[0]!.name).toBe("class 0");
  });

  test("a patient id for each row makes DeLong invalid only where patients repeat", () => {
    const auc = (options: EvaluationOptions) =>
      evaluateMultilabel(labels, probabilities, options).intervals.auc;
    expect(auc({ groups })).toBe("bootstrap");
    expect(auc({ groups, resamples: 0 })).toBe("none");
    expect(auc({ groups: labels.map((_, row) => row) })).toBe("delong");
    expect(evaluateMultilabel(labels, probabilities, { groups }).patients).toBe(40);
  });
});

/** The basic bootstrap interval of a figure that is at least 0, from the percentile interval. */
const reflect = ({ estimate, lower, upper, undefinedResamples }: BootstrapInterval) => ({
  estimate,
  lower: Math.max(0, 2 * estimate - upper),
  upper: Math.max(0, 2 * estimate - lower),
  undefinedResamples,
});

describe("intervals", () => {
  const { labels, probabilities, groups } = cohort(30, 2);
  const options = { groups, resamples: 60, seed: 9, level: 0.9, bins: 4 };

  test.each(["equal-width", "equal-width-one-apart", "equal-mass"] as const)(
    "equal those of bootstrapInterval with the same seed (the calibration error's reflected at the estimate), bins of %s",
    (binning) => {
      const evaluation = evaluateMultilabel(labels, probabilities, { ...options, binning });
      const metrics = [
        rocAuc,
        averagePrecision,
        brierScore,
        (y: number[], p: number[]) => calibrationError(y, p, { bins: 4, binning }),
      ];
      const reference = bootstrapInterval((rows) => {
        const perMetric = metrics.map((metric) =>
          [0, 1, 2].map((c) =>
            metric(
              Array.from(rows, (row) => labels[row]![c]!),
              Array.from(rows, (row) => probabilities[row]![c]!),
            ),
          ),
        );
        return perMetric.flatMap((of) => [...of, (of[0]! + of[1]! + of[2]!) / 3]);
      }, options);
      const { classes, macro } = evaluation;
      const pairs = [
        ...classes.map((row, c) => [row.auc, reference[c]!] as const),
        [macro.auc, reference[3]!] as const,
        [macro.averagePrecision, reference[7]!] as const,
        [macro.brier, reference[11]!] as const,
        ...classes.map((row, c) => [row.calibrationError, reflect(reference[12 + c]!)] as const),
        [macro.calibrationError, reflect(reference[15]!)] as const,
      ];
      for (const [actual, wanted] of pairs) {
        expectClose(
          [actual.value, actual.lower, actual.upper, actual.undefinedResamples],
          [wanted.estimate, wanted.lower, wanted.upper, wanted.undefinedResamples],
        );
      }
    },
  );

  test("of the AUC are DeLong's when no patient repeats", () => {
    const { classes } = evaluateMultilabel(labels, probabilities, { level: 0.8 });
    classes.forEach((row, c) => {
      const { auc, lower, upper } = delongInterval(column(labels, c), column(probabilities, c), {
        level: 0.8,
      });
      expectClose([row.auc.value, row.auc.lower, row.auc.upper], [auc, lower, upper]);
    });
  });

  test("are NaN without resamples, except DeLong's", () => {
    const { classes, macro } = evaluateMultilabel(labels, probabilities, { resamples: 0 });
    expect(classes[0]!.auc.lower).toBeGreaterThan(0);
    expect(classes[0]!.calibrationError).toMatchObject({ lower: nan, upper: nan, undefinedResamples: 0 });
    expect(macro.auc).toMatchObject({ lower: nan, upper: nan });
  });

  test("of the calibration error hold the true error more often than the percentiles of its resamples do", () => {
    let held = 0;
    const runs = 40;
    for (let run = 0; run < runs; run++) {
      const random = randomStream(run);
      const p = Array.from({ length: 200 }, () => [random.uniform()]);
      const y = p.map(([value]) => [Number(random.uniform() < value!)]);
      const { classes } = evaluateMultilabel(y, p, { resamples: 100, seed: run });
      // Labels drawn from the probabilities themselves: the true error is 0, where percentiles never reach.
      if (classes[0]!.calibrationError.lower === 0) held++;
    }
    expect(held / runs).toBeGreaterThan(0.4);
  });

  test("depend on the seed only", () => {
    const first = evaluateMultilabel(labels, probabilities, options);
    expect(evaluateMultilabel(labels, probabilities, options)).toEqual(first);
    expect(evaluateMultilabel(labels, probabilities, { ...options, seed: 10 })).not.toEqual(first);
  });

  test("cover the true AUC of clustered samples about as often as they say; DeLong's are too narrow", () => {
    // 40 patients of 5 images. Score = 0.75 label + patient's effect + noise, both of variance 1/2, label by patient:
    // the AUC over patients is Phi(0.75 / sqrt(2)). The label's own pairs share no patient.
    const truth = 1 - normalUpperTail(0.75 / Math.SQRT2);
    const random = randomStream(11);
    const runs = 200;
    let covered = 0;
    let coveredByDelong = 0;
    for (let run = 0; run < runs; run++) {
      const labels: number[] = [];
      const scores: number[] = [];
      const groups: number[] = [];
      for (let patient = 0; patient < 40; patient++) {
        const label = patient % 2;
        const effect = 0.75 * label + Math.SQRT1_2 * random.normal();
        for (let image = 0; image < 5; image++) {
          labels.push(label);
          scores.push(effect + Math.SQRT1_2 * random.normal());
          groups.push(patient);
        }
      }
      const probabilities = scores.map((score) => [1 / (1 + Math.exp(-score))]);
      const { auc } = evaluateMultilabel(
        labels.map((label) => [label]),
        probabilities,
        { groups, resamples: 300, seed: run },
      ).classes[0]!;
      const delong = delongInterval(labels, scores);
      if (auc.lower <= truth && truth <= auc.upper) covered++;
      if (delong.lower <= truth && truth <= delong.upper) coveredByDelong++;
    }
    expect(covered / runs).toBeGreaterThan(0.89);
    expect(covered / runs).toBeLessThan(0.99);
    expect(coveredByDelong / runs).toBeLessThan(0.85);
  });
});

describe("undefined classes", () => {
  const labels = [
    [1, 0, nan],
    [0, 0, nan],
    [1, 0, nan],
    [0, 0, nan],
  ];
  const probabilities = [
    [0.9, 0.1, 0.5],
    [0.2, 0.3, 0.5],
    [0.6, 0.1, 0.5],
    [0.7, 0.1, 0.5],
  ];
  const classes = ["both labels", "negatives only", "unknown only"];

  test("are named, NaN and not in the means; one label is enough for Brier score and calibration", () => {
    const evaluation = evaluateMultilabel(labels, probabilities, { classes });
    const [both, negatives, unknown] = evaluation.classes;
    expect(evaluation.macro.undefinedClasses).toEqual(["negatives only", "unknown only"]);
    expect(negatives).toMatchObject({ auc: { value: nan, lower: nan, upper: nan }, averagePrecision: nan });
    expect(negatives!.brier).toBeCloseTo((3 * 0.01 + 0.09) / 4, 12);
    expect(unknown).toMatchObject({
      prevalence: nan,
      brier: nan,
      calibrationError: { value: nan },
      unknown: 4,
    });
    expect(evaluation.macro.auc.value).toBe(both!.auc.value);
    expect(evaluation.macro.averagePrecision.value).toBe(both!.averagePrecision);
    expect(evaluation.macro.brier.value).toBeCloseTo((both!.brier + negatives!.brier) / 2, 12);
  });

  test("a resample without a class's label is left out of the mean's interval and counted", () => {
    const { macro } = evaluateMultilabel(labels, probabilities, { classes, resamples: 1000 });
    // All four draws of one label: 2 x (1/2)^4 = 0.125 of the resamples.
    expect(macro.auc.undefinedResamples / 1000).toBeGreaterThan(0.09);
    expect(macro.auc.undefinedResamples / 1000).toBeLessThan(0.16);
    expect(macro.brier.undefinedResamples).toBe(0);
    expect(macro.auc.lower).toBeGreaterThanOrEqual(0);
  });

  test("no samples give NaN, and no classes an empty table", () => {
    const none = evaluateMultilabel(labelMatrix(["a"], []), labelMatrix(["a"], []), { resamples: 3 });
    expect(none.classes[0]).toMatchObject({ positives: 0, prevalence: nan, auc: { value: nan }, brier: nan });
    expect(none.macro).toMatchObject({ auc: { value: nan }, undefinedClasses: ["a"] });
    expect(evaluateMultilabel([], []).classes).toEqual([]);
  });
});

describe("errors name what does not fit", () => {
  const two = labelMatrix(["Edema", "Mass"], [[0, 1]]);
  test.each<[string, () => unknown]>([
    ["probabilities: has shape [1, 1] where the labels have [1, 2]", () => evaluateMultilabel(two, [[0.5]])],
    ["probabilities: has shape [0, 0] where the labels have [1, 2]", () => evaluateMultilabel(two, [])],
    [
      'probabilities: column 0 is "Mass" where the labels have "Edema"',
      () => evaluateMultilabel(two, labelMatrix(["Mass", "Edema"], [[1, 0]])),
    ],
    [
      "options.classes: has 1 names for 2 columns",
      () => evaluateMultilabel(two, [[0, 1]], { classes: ["a"] }),
    ],
    ["options.groups: has 2 values; expected 1", () => evaluateMultilabel(two, [[0, 1]], { groups: [1, 2] })],
    [
      "options.thresholds: has 1 values; expected 2",
      () => evaluateMultilabel(two, [[0, 1]], { thresholds: [0.5] }),
    ],
    ['probabilities: class "Mass", index 0 is 7', () => evaluateMultilabel(two, [[0, 7]])],
    ['labels: class "class 1", index 0 is -1', () => evaluateMultilabel([[0, -1]], [[0, 0.7]])],
    ["options.bins: is 0", () => evaluateMultilabel(two, [[0, 1]], { bins: 0 })],
    ["options.resamples: is -5", () => evaluateMultilabel(two, [[0, 1]], { resamples: -5 })],
    ["options.level: is 95", () => evaluateMultilabel(two, [[0, 1]], { level: 95 })],
  ])("%s", (message, run) => {
    expect(run).toThrow(message);
  });
});

describe("formatEvaluation", () => {
  const labels = [
    [1, 0, nan],
    [0, 0, 1],
    [1, 0, nan],
    [0, 0, 0],
  ];
  const probabilities = labels.map((_, row) => [0.2 + row / 10, 0.25, 0.5]);
  const options = { classes: ["Edema", "Hernia", "Mass"], resamples: 0 };

  test("is a table of aligned columns that names what is missing", () => {
    // Edema: probabilities 0.2 and 0.4 positive, 0.3 and 0.5 negative: 1 of 4 pairs won, average precision
    // (1/2) (1/2) + (1/2) (2/4) = 0.5, Brier (0.64 + 0.09 + 0.36 + 0.25) / 4.
    const lines = formatEvaluation(evaluateMultilabel(labels, probabilities, options)).split("\n");
    expect(lines).toEqual([
      "class   positive  negative  unknown  prevalence  AUC                   avg. precision  Brier  calibration error",
      "Edema          2         2        0       0.500  0.250 [0.000, 0.943]  0.500           0.335  0.550",
      "Hernia         0         4        0       0.000  n/a                   n/a             0.063  0.250",
      "Mass           1         1        2       0.500  0.500                 0.500           0.250  0.000",
      "mean                                             0.375                 0.500           0.216  0.267",
      "",
      "4 samples.",
      "Intervals of 95%: DeLong for the AUC of a class.",
      "Calibration error in 10 equal-width bins.",
      "Not in the mean AUC and average precision, for want of a label: Hernia.",
    ]);
  });

  test("adds threshold, sensitivity and specificity if thresholds were given", () => {
    const lines = formatEvaluation(
      evaluateMultilabel(labels, probabilities, { ...options, thresholds: [0.4, 0.5, nan] }),
    ).split("\n");
    expect(lines[0]).toMatch(/threshold {2}sensitivity {2}specificity$/);
    expect(lines[1]).toMatch(/0\.400 {6}0\.500 {8}0\.500$/);
    expect(lines[3]).toMatch(/n\/a {8}n\/a {10}n\/a$/);
  });

  test("says what was drawn and what was left out", () => {
    const text = formatEvaluation(
      evaluateMultilabel(labels, probabilities, { ...options, resamples: 50, groups: ["a", "a", "b", "b"] }),
    );
    expect(text).toContain("4 samples of 2 patients.");
    expect(text).toContain("Intervals of 95%: 50 bootstrap resamples of patients.");
    expect(text).toContain("10 equal-width bins; its intervals are corrected for its upward bias.");
    expect(text).toMatch(/leaves out \d+ resamples/);
  });
});

test("the values don't depend on the order of the rows (property)", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
      const { labels, probabilities } = cohort(8, seed);
      const order = randomStream(seed).shuffle(labels.map((_, row) => row));
      const shuffled = evaluateMultilabel(
        order.map((row) => labels[row]!),
        order.map((row) => probabilities[row]!),
        { resamples: 0 },
      );
      const straight = evaluateMultilabel(labels, probabilities, { resamples: 0 });
      straight.classes.forEach((row, c) => {
        const other = shuffled.classes[c]!;
        expectClose(
          [row.auc.value, row.averagePrecision, row.brier, row.calibrationError.value],
          [other.auc.value, other.averagePrecision, other.brier, other.calibrationError.value],
        );
      });
    }),
    { numRuns: 30 },
  );
});
