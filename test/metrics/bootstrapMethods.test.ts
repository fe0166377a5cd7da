import { randomStream } from "radiolucent";
import {
  averagePrecision,
  bootstrapAuc,
  bootstrapDifference,
  bootstrapInterval,
  rocAuc,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { accelerationOf, endsOf } from "../../src/metrics/bootstrapEnds.js";
import { expectClose } from "./reference.js";
import { clustered, reference } from "./uncertaintyReference.js";

const nan = Number.NaN;

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

  test("BCa is NaN at both ends where the level is too high for the acceleration", () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => i);
    const ends = (level: number) => endsOf("bca", 500, values, level, 0.3);
    // The formula's pole is at z = 1 / 0.3; beyond it the upper end would fall below the lower one.
    expect(ends(0.99).upper).toBeGreaterThan(990);
    expect(ends(0.9995)).toMatchObject({ lower: nan, upper: nan });
  });

  test("one patient gives an estimate without an interval, and the resamples count as undefined", () => {
    const one = groups.map(() => "a");
    const wanted = {
      estimate: auc(Int32Array.from(one.keys())),
      lower: nan,
      upper: nan,
      undefinedResamples: 9,
    };
    for (const method of ["percentile", "basic", "bca"] as const) {
      expect(bootstrapInterval(auc, { groups: one, resamples: 9, method })).toMatchObject(wanted);
    }
    const column = (of: readonly number[]) => of.map((value) => [value]);
    expect(
      bootstrapAuc(column(labels), column(scores), { groups: one, resamples: 9 }).classes[0],
    ).toMatchObject(wanted);
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
