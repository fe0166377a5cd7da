import { readFileSync } from "node:fs";
import fc from "fast-check";
import {
  cohenKappa,
  cohenKappaInterval,
  completeAgreement,
  fleissKappa,
  formatAgreement,
  krippendorffAlpha,
  pairwiseAgreement,
  percentAgreement,
  specificAgreement,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { expectClose } from "./reference.js";

const measurements = ["nominal", "ordinal", "interval", "ratio"] as const;
interface Reference {
  cohen: {
    a: number[];
    b: number[];
    weights: number[];
    weighting: "linear" | "quadratic" | null;
    weightedSamples: number;
    [figure: string]: unknown;
  }[];
  fleiss: { ratings: number[][]; fleiss: number; randolph: number };
  alpha: ({ ratings: (number | null)[][] } & Record<(typeof measurements)[number], number>)[];
}
const reference = JSON.parse(
  readFileSync(new URL("../fixtures/agreement.json", import.meta.url), "utf8"),
) as Reference;
const unknown = Number.NaN;

test.each(reference.cohen)("Cohen's kappa equals scikit-learn and statsmodels, $weighting", (of) => {
  const options = of.weighting ? { weighting: of.weighting } : {};
  const got = cohenKappaInterval(of.a, of.b, options);
  for (const figure of ["kappa", "standardError", "lower", "upper", "z", "pValue"] as const) {
    expect(got[figure], figure).toBeCloseTo(of[figure] as number, 9);
  }
  expect(cohenKappa(of.a, of.b, { ...options, weights: of.weights })).toBeCloseTo(of.weightedSamples, 9);
});

test.each(["fleiss", "randolph"] as const)("equals statsmodels' fleiss_kappa, %s", (method) => {
  const { ratings } = reference.fleiss;
  expect(fleissKappa(ratings, { method })).toBeCloseTo(reference.fleiss[method], 9);
  expect(fleissKappa([...ratings, [0, 1, unknown, 2]], { method })).toBeCloseTo(reference.fleiss[method], 9);
});

test("where a rater gave one category throughout, kappa is 0 and its test undefined", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 3, maxLength: 40 }), (b) => {
      const { kappa, z, pValue } = cohenKappaInterval(
        b.map(() => 1),
        b,
      );
      if (!b.includes(0)) expect(kappa).toBeNaN();
      else expect(kappa).toBeCloseTo(0, 12);
      expect([z, pValue]).toEqual([unknown, unknown]);
    }),
  );
});

describe.each(measurements)("Krippendorff's alpha, %s", (measurement) => {
  test.each(reference.alpha)("equals the coincidence matrix in numpy", (of) => {
    const ratings = of.ratings.map((item) => item.map((rating) => rating ?? unknown));
    expect(krippendorffAlpha(ratings, { measurement })).toBeCloseTo(of[measurement], 9);
  });
  test("equals the figure Krippendorff (2011) printed", () => {
    const ratings = reference.alpha[0]!.ratings.map((item) => item.map((rating) => rating ?? unknown));
    const printed = { nominal: 0.743, ordinal: 0.815, interval: 0.849, ratio: 0.797 };
    expect(krippendorffAlpha(ratings, { measurement })).toBeCloseTo(printed[measurement], 3);
  });
});

const ratings = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), {
  minLength: 2,
});
const split = (pairs: [number, number][]) => [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const;

test("kappa is symmetric, and unweighted the same under other names of the categories", () => {
  fc.assert(
    fc.property(ratings, (pairs) => {
      const [a, b] = split(pairs);
      const kappa = cohenKappa(a, b);
      const named = [7, -2, 40, 1];
      const renamed = cohenKappa(
        a.map((x) => named[x]!),
        b.map((x) => named[x]!),
      );
      expectClose([cohenKappa(b, a), renamed], [kappa, kappa]);
    }),
  );
});

test("nominal alpha of two raters is Scott's pi with n for a finite sample: 1 - (1 - pi)(2n - 1) / 2n", () => {
  fc.assert(
    fc.property(ratings, (pairs) => {
      const n = 2 * pairs.length;
      expectClose([krippendorffAlpha(pairs)], [1 - ((1 - fleissKappa(pairs)) * (n - 1)) / n]);
    }),
  );
});

test("an unknown takes its pair out; one category only is undefined; equal ratings give 1", () => {
  expect(cohenKappaInterval([0, 1, 1, unknown], [0, 1, unknown, 1])).toMatchObject({
    kappa: 1,
    n: 2,
    unknown: 2,
  });
  expect(cohenKappa([1, 1], [1, 1])).toBeNaN();
  expect(cohenKappa([], [])).toBeNaN();
  expect(
    fleissKappa([
      [1, 1],
      [1, 1],
    ]),
  ).toBeNaN();
  expect(
    krippendorffAlpha([
      [1, 1],
      [1, unknown],
    ]),
  ).toBeNaN();
  expect(percentAgreement([0, 1, unknown], [0, 0, 1])).toBe(0.5);
  expect(
    completeAgreement([
      [0, 0, 0],
      [1, 0, 1],
      [1, unknown, 1],
    ]),
  ).toEqual({ share: 0.5, n: 2, unknown: 1 });
  expect(specificAgreement([1, 1, 0, 0, 0], [1, 0, 0, 0, 0])).toEqual({ positive: 2 / 3, negative: 6 / 7 });
});

test("wrong arguments are named", () => {
  expect(() => cohenKappa([1], [1, 0])).toThrow(/^b: has 2 ratings/);
  expect(() => cohenKappa([1], [2], { categories: [0, 1] })).toThrow(/lacks 2/);
  expect(() => specificAgreement([-1], [1])).toThrow(/^a: has -1/);
  expect(() => fleissKappa([[1]])).toThrow(/two raters/);
  expect(() => pairwiseAgreement({ one: [[1]] })).toThrow(/at least two/);
  const sets = { one: [[1, 0]], two: [[1, -1]] };
  expect(() => pairwiseAgreement(sets, { classes: ["Edema", "Mass"] })).toThrow(
    /^labelSets.two: class "Mass", row 0 is -1; expected 0, 1 or NaN/,
  );
});

test("pairwise: every pair and class with the figures of its own functions", () => {
  const one = [
    [1, 0],
    [0, 1],
    [1, unknown],
    [0, 0],
  ];
  const two = [
    [1, 0],
    [0, 0],
    [0, 1],
    [0, 1],
  ];
  const result = pairwiseAgreement({ one, two, three: one }, { classes: ["Edema", "Mass"] });
  expect(result.pairs.map((pair) => [pair.a, pair.b, pair.class])).toEqual(
    [
      ["one", "two"],
      ["one", "three"],
      ["two", "three"],
    ].flatMap((pair) => [
      [...pair, "Edema"],
      [...pair, "Mass"],
    ]),
  );
  expect(result.pairs[0]).toMatchObject({ kappa: 0.5, agreement: 0.75, n: 4, unknown: 0, positive: 2 / 3 });
  expect(result.pairs[1]).toMatchObject({ n: 3, unknown: 1 });
  expect(result.complete).toEqual([
    { class: "Edema", share: 0.75, n: 4, unknown: 0 },
    { class: "Mass", share: 1 / 3, n: 3, unknown: 1 },
  ]);
  expect(formatAgreement(result).split("\n")[1]).toMatch(/^Edema +one +two +0\.500/);
});
