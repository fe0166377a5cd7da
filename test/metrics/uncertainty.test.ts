import { readFileSync } from "node:fs";
import fc from "fast-check";
import { randomStream } from "radiolucent";
import {
  adjustPValues,
  averagePrecision,
  bootstrapAuc,
  bootstrapDifference,
  bootstrapInterval,
  compareAucs,
  delongInterval,
  delongTest,
  evaluateMultilabel,
  formatEvaluation,
  rocAuc,
  summarizeRuns,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { accelerationOf, endsOf } from "../../src/metrics/bootstrapEnds.js";
import { normalUpperTail } from "../../src/metrics/normal.js";
import { studentQuantile } from "../../src/metrics/studentQuantile.js";
import { expectClose } from "./reference.js";

const nan = Number.NaN;

/** Values of scipy, statsmodels and Obuchowski's formulas; test/fixtures/uncertainty.py writes them. */
const reference: {
  readonly bca: readonly {
    readonly estimate: number;
    readonly values: readonly number[];
    readonly jackknife: readonly (readonly number[])[];
    readonly level: number;
    readonly acceleration: number;
    readonly lower: number;
    readonly upper: number;
  }[];
  readonly clusters: readonly {
    readonly groups: readonly number[];
    readonly labels: readonly number[];
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly auc: number;
    readonly standardError: number;
    readonly logit: readonly number[];
    readonly difference: number;
    readonly differenceError: number;
  }[];
  readonly adjusted: readonly Readonly<Record<Method | "pValues", readonly number[]>>[];
  readonly student: readonly (readonly [number, number, number])[];
} = JSON.parse(readFileSync(new URL("../fixtures/uncertainty.json", import.meta.url), "utf8"));

type Method = "holm" | "benjamini-hochberg" | "bonferroni";
const methods: readonly Method[] = ["holm", "benjamini-hochberg", "bonferroni"];

/** Patients of several images: a score of half the patient's own effect, half noise; patients have one label. */
function clustered(patients: number, images: number, seed: number | string) {
  const random = randomStream(seed);
  const labels: number[] = [];
  const scores: number[] = [];
  const groups: number[] = [];
  for (let patient = 0; patient < patients; patient++) {
    const label = patient % 2;
    const effect = 0.75 * label + Math.SQRT1_2 * random.normal();
    for (let image = 0; image < images; image++) {
      labels.push(label);
      scores.push(effect + Math.SQRT1_2 * random.normal());
      groups.push(patient);
    }
  }
  return { labels, scores, groups };
}

/** The area of `clustered` over all patients. */
const trueArea = 1 - normalUpperTail(0.75 / Math.SQRT2);

describe("bootstrapInterval", () => {
  const { labels, scores, groups } = clustered(24, 3, 1);
  const auc = (rows: Int32Array) =>
    rocAuc(
      Array.from(rows, (row) => labels[row]!),
      Array.from(rows, (row) => scores[row]!),
    );

  test("BCa ends and acceleration equal scipy's formula for given resamples, several strata as its several samples", () => {
    for (const of of reference.bca) {
      let next = 0;
      const strata = of.jackknife.map((left) => Int32Array.from(left, () => next++));
      const left = of.jackknife.flat();
      const [acceleration] = accelerationOf(left.length, strata, 1, (group) => [left[group]!]);
      const { lower, upper } = endsOf(
        "bca",
        of.estimate,
        Float64Array.from(of.values),
        of.level,
        acceleration,
      );
      expectClose([acceleration!, lower, upper], [of.acceleration, of.lower, of.upper]);
    }
  });

  test("BCa leaves out one patient at a time with all rows", () => {
    const seen: number[][] = [];
    bootstrapInterval(
      (rows) => {
        seen.push([...rows]);
        return rows.length;
      },
      { groups: ["a", "b", "a", "c"], resamples: 0, method: "bca" },
    );
    expect(seen).toEqual([
      [0, 1, 2, 3],
      [1, 3],
      [0, 2, 3],
      [0, 1, 2],
    ]);
  });

  test("basic is the percentile interval reflected at the estimate", () => {
    const percentile = bootstrapInterval(auc, { groups, resamples: 99 });
    const basic = bootstrapInterval(auc, { groups, resamples: 99, method: "basic" });
    expectClose(
      [basic.lower, basic.upper],
      [2 * basic.estimate - percentile.upper, 2 * basic.estimate - percentile.lower],
    );
  });

  test("BCa is NaN where leaving out any patient changes nothing", () => {
    const flat = bootstrapInterval(() => 1, { groups, resamples: 20, method: "bca" });
    expect(flat).toMatchObject({ estimate: 1, lower: nan, upper: nan });
  });

  test("of each stratum as many patients are drawn as it has", () => {
    const strata = groups.map((patient) => (patient < 5 ? "small" : "large"));
    bootstrapInterval(
      (rows) => {
        expect(rows.filter((row) => strata[row] === "small").length).toBe(15);
        return 0;
      },
      { groups, strata, resamples: 30 },
    );
    const one = bootstrapInterval(auc, { groups, strata: groups.map(() => "all"), resamples: 50 });
    expect(one).toEqual(bootstrapInterval(auc, { groups, resamples: 50 }));
  });

  test.each<[string, object]>([
    ["options.strata: index 2 is in", { strata: ["x", "x", "y", "x"] }],
    ["options.strata: has 1 values; expected 4", { strata: ["x"] }],
    ["options.strata: index 1 has none", { strata: ["x", "", "x", "x"] }],
    ["options.method: is t", { method: "t" }],
  ])("refuses a patient in two strata, and other wrong options: %s", (message, options) => {
    expect(() => bootstrapInterval(() => 0, { groups: ["a", "b", "a", "c"], ...options })).toThrow(message);
  });
});

describe("bootstrapAuc", () => {
  const { labels, scores, groups } = clustered(20, 4, 2);
  const random = randomStream(3);
  const truth = labels.map((label) => [label, random.uniform() < 0.2 ? nan : 1 - label]);
  const predicted = scores.map((score) => [Math.round(4 * score), -score + random.normal()]);
  const of = (rows: Int32Array, c: number) =>
    rocAuc(
      Array.from(rows, (row) => truth[row]![c]!),
      Array.from(rows, (row) => predicted[row]![c]!),
    );

  test.each(["percentile", "basic"] as const)(
    "equals bootstrapInterval of the same seed, ties, unknown labels and strata included: %s",
    (method) => {
      const strata = groups.map((patient) => patient % 2);
      const options = { groups, strata, resamples: 60, seed: 5, method };
      const [a, b, mean] = bootstrapInterval(
        (rows) => [of(rows, 0), of(rows, 1), (of(rows, 0) + of(rows, 1)) / 2],
        options,
      );
      const { classes, macro } = bootstrapAuc(truth, predicted, options);
      [classes[0]!, classes[1]!, macro].forEach((actual, k) => {
        const wanted = [a!, b!, mean!][k]!;
        expectClose(
          [actual.estimate, actual.lower, actual.upper, actual.undefinedResamples],
          [wanted.estimate, wanted.lower, wanted.upper, wanted.undefinedResamples],
        );
      });
    },
  );

  test("whole weights count as repeated rows of the same patient", () => {
    const weights = labels.map((_, row) => row % 3);
    const repeated = labels.flatMap((_, row) => Array<number>(weights[row]!).fill(row));
    const all = bootstrapAuc(truth, predicted, { groups, weights, resamples: 40 });
    const ids = repeated.map((row) => groups[row]!);
    const again = bootstrapAuc(
      repeated.map((row) => truth[row]!),
      repeated.map((row) => predicted[row]!),
      { groups: ids, resamples: 40 },
    );
    all.classes.forEach((row, c) => {
      const other = again.classes[c]!;
      expectClose([row.estimate, row.lower, row.upper], [other.estimate, other.lower, other.upper]);
    });
  });
});

describe("bootstrapDifference", () => {
  const { labels, scores, groups } = clustered(40, 3, 4);
  const random = randomStream(6);
  const worse = scores.map((score) => score + 2 * random.normal());
  const precision = (of: readonly number[]) => (rows: Int32Array) =>
    averagePrecision(
      Array.from(rows, (row) => labels[row]!),
      Array.from(rows, (row) => of[row]!),
    );

  test("is bootstrapInterval of the difference, with both statistics and a p value", () => {
    const options = { groups, resamples: 99, seed: 2 };
    const [a, b] = [precision(scores), precision(worse)];
    const result = bootstrapDifference(a, b, options);
    expect(result).toMatchObject(bootstrapInterval((rows) => a(rows) - b(rows), options));
    expect(result.estimateA - result.estimateB).toBe(result.estimate);
    expect(result.pValue).toBeLessThan(0.1);
    expect(result.standardError).toBeGreaterThan(0);
  });

  test("equal statistics differ by 0 with p 1, the smallest p is 2 / (1 + resamples), none is NaN", () => {
    expect(bootstrapDifference(precision(scores), precision(scores), { groups, resamples: 9 })).toMatchObject(
      {
        estimate: 0,
        standardError: 0,
        pValue: 1,
      },
    );
    expect(
      bootstrapDifference(
        () => 1,
        () => 0,
        { groups, resamples: 9 },
      ).pValue,
    ).toBe(0.2);
    expect(
      bootstrapDifference(
        () => 1,
        () => nan,
        { groups, resamples: 9 },
      ).pValue,
    ).toBeNaN();
  });
});

describe("DeLong with groups is Obuchowski's variance of clusters", () => {
  test.each(reference.clusters.map((of, k) => [k, of] as const))("pair by pair to 1e-9: case %i", (_, of) => {
    const { auc, standardError } = delongInterval(of.labels, of.a, { groups: of.groups });
    const logit = delongInterval(of.labels, of.a, { groups: of.groups, method: "logit" });
    const { difference, standardError: error } = delongTest(of.labels, of.a, of.b, { groups: of.groups });
    expectClose(
      [auc, standardError, logit.lower, logit.upper, difference, error],
      [of.auc, of.standardError, ...of.logit, of.difference, of.differenceError],
    );
  });

  test("equals DeLong's when each patient has one row", () => {
    const { labels, scores } = clustered(30, 1, 7);
    const groups = labels.map((_, row) => `p${row}`);
    const [own, plain] = [delongInterval(labels, scores, { groups }), delongInterval(labels, scores)];
    expectClose([own.standardError, own.lower], [plain.standardError, plain.lower]);
  });

  test("is NaN with a label in only one patient, and rows of unknown label count for no patient", () => {
    expect(delongInterval([1, 1, 0, 0], [1, 3, 2, 0], { groups: [1, 1, 2, 3] }).standardError).toBeNaN();
    const groups = [1, 2, 3, 4, 5];
    expect(delongInterval([1, 1, 0, 0, nan], [1, 3, 2, 0, 1], { groups })).toEqual(
      delongInterval([1, 1, 0, 0], [1, 3, 2, 0], { groups: groups.slice(0, 4) }),
    );
  });

  test("refuses another number of groups than rows", () => {
    expect(() => delongInterval([1, 0], [1, 0], { groups: [1] })).toThrow("options.groups: has 1 values");
    expect(() => delongTest([1, 0], [1, 0], [1, 0], { groups: [1] })).toThrow("options.groups: has 1 values");
  });
});

test("the logit interval never leaves [0, 1], holds the area, and is NaN at 0 and 1 (property)", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 6 })), { maxLength: 30 }),
      (rows) => {
        const { auc, lower, upper, standardError } = delongInterval(
          rows.map(([label]) => label),
          rows.map(([label, score]) => score + 2 * label),
          { method: "logit" },
        );
        if (Number.isNaN(standardError) || auc === 0 || auc === 1) {
          expect([lower, upper]).toEqual([nan, nan]);
        } else {
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(upper).toBeLessThanOrEqual(1);
          expect(lower).toBeLessThanOrEqual(auc + 1e-12);
          expect(upper).toBeGreaterThanOrEqual(auc - 1e-12);
        }
      },
    ),
  );
  expect(() => delongInterval([0, 1], [0, 1], { method: "exact" as "logit" })).toThrow("options.method");
});

describe("intervals of 95% cover the true area in simulations", () => {
  // Of 400 runs a level of 95% covers 380 on average, standard deviation 4.4; 4 of them, and what small samples cost.
  const runs = 400;
  const covers = ({ lower, upper }: { readonly lower: number; readonly upper: number }) =>
    Number(lower <= trueArea && trueArea <= upper);

  test("independent samples: DeLong's, normal and logit, and the bootstrap's", () => {
    const covered = { normal: 0, logit: 0, bootstrap: 0 };
    for (let run = 0; run < runs; run++) {
      const { labels, scores, groups } = clustered(100, 1, `independent ${run}`);
      covered.normal += covers(delongInterval(labels, scores));
      covered.logit += covers(delongInterval(labels, scores, { method: "logit" }));
      const column = (values: readonly number[]) => values.map((value) => [value]);
      covered.bootstrap += covers(
        bootstrapAuc(column(labels), column(scores), { groups, resamples: 300, seed: run }).macro,
      );
    }
    for (const count of Object.values(covered)) {
      expect(count).toBeGreaterThan(358);
      expect(count).toBeLessThan(398);
    }
  });

  test("several images of a patient: with groups they cover, without DeLong's don't", () => {
    const covered = { clustered: 0, bootstrap: 0, unclustered: 0 };
    for (let run = 0; run < runs; run++) {
      const { labels, scores, groups } = clustered(80, 5, `clustered ${run}`);
      covered.clustered += covers(delongInterval(labels, scores, { groups }));
      covered.unclustered += covers(delongInterval(labels, scores));
      const column = (values: readonly number[]) => values.map((value) => [value]);
      covered.bootstrap += covers(
        bootstrapAuc(column(labels), column(scores), { groups, resamples: 300, seed: run }).macro,
      );
    }
    expect(covered.clustered).toBeGreaterThan(358);
    expect(covered.clustered).toBeLessThan(398);
    expect(covered.bootstrap).toBeGreaterThan(358);
    expect(covered.bootstrap).toBeLessThan(398);
    expect(covered.unclustered).toBeLessThan(330);
  });
});

describe("adjustPValues", () => {
  test.each(methods)("equals statsmodels to 1e-12: %s", (method) => {
    for (const of of reference.adjusted) {
      const actual = adjustPValues(of.pValues, method);
      of[method].forEach((wanted, i) => {
        expect(Math.abs(actual[i]! - wanted)).toBeLessThan(1e-12);
      });
    }
  });

  test("NaN stays NaN and does not count as a test", () => {
    for (const method of methods) {
      const [a, gap, b] = adjustPValues([0.01, nan, 0.2], method);
      expect(gap).toBeNaN();
      expect([a, b]).toEqual([...adjustPValues([0.01, 0.2], method)]);
    }
    expect([...adjustPValues([nan, 0.3], "none")]).toEqual([nan, 0.3]);
    expect([...adjustPValues([], "holm")]).toEqual([]);
  });

  test("p <= Benjamini-Hochberg <= Holm <= Bonferroni <= 1, and order is kept (property)", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (p) => {
        const [holm, hochberg, bonferroni] = methods.map((method) => adjustPValues(p, method));
        const order = p.map((_, i) => i).sort((a, b) => p[a]! - p[b]!);
        order.forEach((i, k) => {
          expect(p[i]).toBeLessThanOrEqual(hochberg![i]! * (1 + 1e-12));
          expect(hochberg![i]).toBeLessThanOrEqual(holm![i]! * (1 + 1e-12));
          expect(holm![i]).toBeLessThanOrEqual(bonferroni![i]!);
          expect(bonferroni![i]).toBeLessThanOrEqual(1);
          const before = order[k - 1] ?? i;
          expect(holm![before]).toBeLessThanOrEqual(holm![i]!);
          expect(hochberg![before]).toBeLessThanOrEqual(hochberg![i]!);
        });
      }),
    );
  });

  test("refuses what is no probability and an unknown method", () => {
    expect(() => adjustPValues([0.1, 1.5], "holm")).toThrow("pValues: index 1 is 1.5");
    expect(() => adjustPValues([0.1], "sidak" as "holm")).toThrow("method: is sidak");
  });
});

test("compareAucs is delongTest of each class, unknown labels skipped, p values adjusted", () => {
  const { labels, scores, groups } = clustered(30, 2, 8);
  const random = randomStream(9);
  const truth = labels.map((label, row) => [label, row % 5 === 0 ? nan : label, 1]);
  const a = scores.map((score) => [score, score, score]);
  const b = scores.map((score) => [score + random.normal(), random.normal(), 0]);
  const { classes, adjust } = compareAucs(truth, a, b, { classes: ["x", "y", "z"], groups });
  expect(adjust).toBe("holm");
  [0, 1].forEach((c) => {
    const column = (rows: readonly (readonly number[])[]) => rows.map((row) => row[c]!);
    expect(classes[c]).toMatchObject(delongTest(column(truth), column(a), column(b), { groups }));
  });
  expect(classes.map(({ name, unknown }) => [name, unknown])).toEqual([
    ["x", 0],
    ["y", 12],
    ["z", 0],
  ]);
  const wanted = adjustPValues([classes[0]!.pValue, classes[1]!.pValue], "holm");
  expect(classes.map((row) => row.adjustedPValue)).toEqual([...wanted, nan]);
});

describe("summarizeRuns", () => {
  test("Student's quantiles equal those of scipy's inverse incomplete beta function to a relative 1e-10", () => {
    for (const [level, freedom, wanted] of reference.student) {
      expect(Math.abs(studentQuantile(level, freedom) / wanted - 1), `${level}, ${freedom}`).toBeLessThan(
        1e-10,
      );
    }
  });

  test("mean, deviation with n - 1, raw values and the interval of the mean", () => {
    const { lower, upper, ...rest } = summarizeRuns([0.8, 0.9, 0.7]);
    expect(rest.values).toEqual([0.8, 0.9, 0.7]);
    expectClose([rest.mean, rest.standardDeviation, rest.n, rest.undefined], [0.8, 0.1, 3, 0]);
    const margin = (4.302652729911275 * 0.1) / Math.sqrt(3);
    expectClose([lower, upper], [0.8 - margin, 0.8 + margin]);
  });

  test("one run has no deviation and no interval, an undefined run no mean", () => {
    expect(summarizeRuns([0.5])).toEqual({
      mean: 0.5,
      standardDeviation: nan,
      values: [0.5],
      n: 1,
      undefined: 0,
      lower: nan,
      upper: nan,
    });
    expect(summarizeRuns([0.5, nan])).toMatchObject({ mean: nan, undefined: 1, lower: nan });
    expect(summarizeRuns([])).toMatchObject({ mean: nan, n: 0, lower: nan });
  });
});

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
    ).toThrow("options.weights: index 0 is 0.5");
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
    expect(some.classes[0]!.brierInterval).toMatchObject({ lower: nan, undefinedResamples: 0 });
    expect(() => evaluateMultilabel(truth, predicted, { metrics: ["f1" as "auc"] })).toThrow(
      'options.metrics: has "f1"',
    );
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
