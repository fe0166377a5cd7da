import fc from "fast-check";
import { randomStream } from "radiolucent";
import { labelMatrix } from "radiolucent/labels";
import {
  adjustPValues,
  bootstrapAuc,
  compareAucs,
  delongInterval,
  delongTest,
  summarizeRuns,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { studentQuantile } from "../../src/metrics/studentQuantile.js";
import { expectClose } from "./reference.js";
import { clustered, methods, reference, trueArea } from "./uncertaintyReference.js";

const nan = Number.NaN;

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

test("compareAucs refuses classes in another order than the first scores have, named labels or not", () => {
  const values = [
    [0, 1],
    [1, 0],
  ];
  const a = labelMatrix(["x", "y"], values);
  const b = labelMatrix(["y", "x"], values);
  expect(() => compareAucs(values, a, b)).toThrow('scoresB: column 0 is "y" where scoresA has "x"');
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
