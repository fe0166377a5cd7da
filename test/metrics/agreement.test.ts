import { readFileSync } from "node:fs";
import fc from "fast-check";
import {
  bootstrapInterval,
  cohenKappa,
  cohenKappaInterval,
  completeAgreement,
  fleissKappa,
  fleissKappaInterval,
  formatAgreement,
  krippendorffAlpha,
  pairwiseAgreement,
  percentAgreement,
  specificAgreement,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../src/random.js";
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

describe("Fleiss' kappa with an interval", () => {
  /** The first 15 subjects of Fleiss (1971), as R's irrCAC has them: how many of 6 raters chose each of 5 diagnoses. */
  const published = [
    "00060 03003 01401 00006 03030 20400 00402 20310",
    "20040 00006 10050 11040 03300 10050 02031",
  ]
    .flatMap((line) => line.split(" "))
    .map((item) => [...item].flatMap((count, category) => Array<number>(Number(count)).fill(category)));

  test.each([
    ["fleiss", 0.4139265, 0.08119291],
    ["randolph", 0.4388889, 0.08312142],
  ] as const)("has the standard error that irrCAC printed, %s", (method, kappa, standardError) => {
    const got = fleissKappaInterval([...published, [0, 0, unknown, 0, 0, 0]], { method, level: 0.9 });
    expect(got).toMatchObject({ n: 15, unknown: 1, level: 0.9 });
    expect(got.kappa).toBeCloseTo(kappa, 7);
    expect(got.standardError).toBeCloseTo(standardError, 7);
    expectClose(
      [got.lower, got.upper],
      [
        got.kappa - 1.6448536269514722 * got.standardError,
        got.kappa + 1.6448536269514722 * got.standardError,
      ],
    );
  });

  test("tests independence with the z and the p-value that R's kappam.fleiss printed", () => {
    const { kappa, z, pValue } = fleissKappaInterval([
      [0, 0, 0],
      [1, 1, 1],
      [0, 1, 0],
      [2, 2, 2],
    ]);
    expect([kappa.toFixed(3), z.toFixed(2), pValue.toFixed(6)]).toEqual(["0.745", "3.61", "0.000308"]);
  });

  test("covers the true kappa at its level, and rejects independence at its own where ratings are random", () => {
    const random = randomStream(11);
    const draw = () => Math.floor(3 * random.uniform() ** 2);
    const simulated = (copied: number) =>
      Array.from({ length: 400 }, () =>
        fleissKappaInterval(
          Array.from({ length: 100 }, () => {
            const truth = draw();
            return Array.from({ length: 3 }, () => (random.uniform() < copied ? truth : draw()));
          }),
        ),
      );
    const share = (of: readonly boolean[]) => of.filter(Boolean).length / of.length;
    const alike = simulated(0.6);
    // Each of two raters copies the same truth with probability 0.6: kappa is 0.36.
    expect(
      Math.abs(share(alike.map(({ lower, upper }) => lower <= 0.36 && upper >= 0.36)) - 0.95),
    ).toBeLessThan(0.035);
    const chance = simulated(0);
    expect(Math.abs(share(chance.map(({ pValue }) => pValue < 0.05)) - 0.05)).toBeLessThan(0.035);
    expect(Math.abs(chance.reduce((sum, { kappa }) => sum + kappa, 0) / 400)).toBeLessThan(0.01);
  });

  test("undefined stays NaN: no item, one category; one item has no standard error", () => {
    expect(fleissKappaInterval([])).toMatchObject({
      kappa: unknown,
      lower: unknown,
      expected: unknown,
      n: 0,
    });
    expect(fleissKappaInterval([[1, 1]])).toMatchObject({ kappa: unknown, z: unknown, pValue: unknown });
    expect(fleissKappaInterval([[1, 0]])).toMatchObject({
      kappa: -1,
      standardError: unknown,
      lower: unknown,
    });
  });
});

test("ratings at random have a kappa and an alpha near 0", () => {
  const random = randomStream(3);
  const table = Array.from({ length: 5000 }, () => [random.integer(3), random.integer(3), random.integer(3)]);
  const [a, b] = [0, 1].map((rater) => table.map((item) => item[rater]!)) as [number[], number[]];
  const near = [cohenKappa(a, b), cohenKappa(a, b, { weighting: "quadratic" }), fleissKappa(table)];
  for (const measurement of measurements.slice(0, 3)) near.push(krippendorffAlpha(table, { measurement }));
  for (const value of near) expect(Math.abs(value)).toBeLessThan(0.04);
});

test("a bootstrap over patients gives intervals, wider than those that take each image as independent", () => {
  const random = randomStream(5);
  // Each of 40 patients has 5 images, rated alike.
  const patients = Array.from({ length: 40 }, () => {
    const truth = random.integer(2);
    return [0, 1, 2].map(() => (random.uniform() < 0.8 ? truth : 1 - truth));
  });
  const ratings = patients.flatMap((item) => Array.from({ length: 5 }, () => item));
  const groups = ratings.map((_, row) => Math.floor(row / 5));
  const [a, b] = [0, 1].map((rater) => ratings.map((item) => item[rater]!)) as [number[], number[]];
  const how = { groups, seed: 7, resamples: 300 };
  const cohen = bootstrapInterval(
    (rows) =>
      cohenKappa(
        Array.from(rows, (row) => a[row]!),
        Array.from(rows, (row) => b[row]!),
      ),
    how,
  );
  const fleiss = bootstrapInterval((rows) => fleissKappa(Array.from(rows, (row) => ratings[row]!)), how);
  const alpha = bootstrapInterval((rows) => krippendorffAlpha(Array.from(rows, (row) => ratings[row]!)), how);
  expectClose(
    [cohen, fleiss, alpha].map(({ estimate }) => estimate),
    [cohenKappa(a, b), fleissKappa(ratings), krippendorffAlpha(ratings)],
  );
  const naive = [cohenKappaInterval(a, b), fleissKappaInterval(ratings), fleissKappaInterval(ratings)];
  [cohen, fleiss, alpha].forEach(({ lower, upper }, i) => {
    const ratio = (upper - lower) / (naive[i]!.upper - naive[i]!.lower);
    expect(ratio).toBeGreaterThan(1.6);
    expect(ratio).toBeLessThan(2.9);
  });
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
  expect(() => fleissKappaInterval([[1, 1]], { level: 1 })).toThrow(/options.level/);
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
