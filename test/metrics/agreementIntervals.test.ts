import {
  bootstrapInterval,
  cohenKappa,
  cohenKappaInterval,
  fleissKappa,
  fleissKappaInterval,
  krippendorffAlpha,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../src/random.js";
import { expectClose } from "./reference.js";

const unknown = Number.NaN;

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
  for (const measurement of ["nominal", "ordinal", "interval"] as const)
    near.push(krippendorffAlpha(table, { measurement }));
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
