import { readFileSync } from "node:fs";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { chestXray14 } from "../../src/io/chestXray14.js";
import { compareSplits } from "../../src/labels/compareSplits.js";
import type { Dataset, Study } from "../../src/labels/dataset.js";
import { describeDataset } from "../../src/labels/describeDataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { phantomDataset } from "../../src/phantom/phantomDataset.js";
import { sharedData } from "../shared-data.js";

const U = Number.NaN;
const account = { rowsRead: 0, rowsKept: 0, dropped: [], changed: [] };

function dataset(
  classes: readonly string[],
  rows: readonly number[][],
  studies: readonly Partial<Study>[] = [],
): Dataset {
  const all = rows.map((_, i) => ({ imageId: `i${i}`, patientId: `p${i}`, ...studies[i] }));
  return { name: "made up", studies: all, labels: labelMatrix(classes, rows), account };
}

interface Fixture {
  readonly classes: readonly string[];
  readonly sets: readonly {
    readonly labels: readonly (number | null)[][];
    readonly ages: readonly (number | null)[];
    readonly views: readonly (string | null)[];
    readonly sexes: readonly (string | null)[];
    readonly patients: readonly number[];
    readonly expected: {
      readonly positive: readonly number[];
      readonly prevalence: readonly number[];
      readonly both: readonly number[][];
      readonly rowPresent: readonly number[][];
      readonly known: readonly number[][];
      readonly findingsPerImage: readonly number[];
      readonly incomplete: number;
      readonly imagesPerPatient: readonly [number, number][];
      readonly perPatientQuartiles: readonly number[];
      readonly ageQuartiles: readonly number[];
      readonly ageMean: number;
      readonly ageDeviation: number;
      readonly decades: readonly [number, number][];
      readonly views: Readonly<Record<string, number>>;
      readonly sexes: Readonly<Record<string, number>>;
    };
  }[];
  readonly comparison: {
    readonly findings: { readonly difference: readonly number[]; readonly standardized: readonly number[] };
    readonly age: { readonly difference: number; readonly standardized: number; readonly variation: number };
    readonly view: number;
    readonly sex: number;
  };
}
const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../fixtures/describeDataset.json", import.meta.url), "utf8"),
);
const made = fixture.sets.map(({ labels, ages, views, sexes, patients }) =>
  dataset(
    fixture.classes,
    labels.map((row) => row.map((value) => value ?? U)),
    patients.map((patient, i) => ({
      patientId: String(patient),
      ...(ages[i] !== null && { ageYears: ages[i]! }),
      ...(views[i] !== null && { view: views[i]! }),
      ...(sexes[i] !== null && { sex: sexes[i]! }),
    })),
  ),
);
const counted = ({ values, unknown }: ReturnType<typeof describeDataset>["view"]) => ({
  ...Object.fromEntries(values.map(({ value, count }) => [value, count])),
  ...(unknown > 0 && { unknown }),
});
const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));

test.each([0, 1])("counts, quartiles and co-occurrence are those of NumPy and pandas (set %i)", (i) => {
  const { expected } = fixture.sets[i]!;
  const found = describeDataset(made[i]!);
  expect(found.findings.map(({ positive }) => positive)).toEqual(expected.positive);
  expect(found.findings.map(({ prevalence }) => prevalence)).toEqual(near(expected.prevalence));
  const { both, rowPresent, known } = expected;
  expect(found.coOccurrence).toEqual({ classes: fixture.classes, both, rowPresent, known });
  expect(found.findingsPerImage).toEqual({
    images: expected.findingsPerImage,
    incomplete: expected.incomplete,
  });
  expect(found.imagesPerPatient.counts.map(({ images, patients }) => [images, patients])).toEqual(
    expected.imagesPerPatient,
  );
  expect(Object.values(found.imagesPerPatient.quartiles)).toEqual(expected.perPatientQuartiles);
  expect(Object.values(found.age.quartiles)).toEqual(near(expected.ageQuartiles));
  expect(found.age.mean).toBeCloseTo(expected.ageMean, 10);
  expect(found.age.standardDeviation).toBeCloseTo(expected.ageDeviation, 10);
  expect(found.age.decades.map(({ from, images }) => [from, images])).toEqual(expected.decades);
  expect(counted(found.view)).toEqual(expected.views);
  expect(counted(found.sex)).toEqual(expected.sexes);
});

test("positive, negative, uncertain and unknown are apart; a doubt counts only where the label is NaN", () => {
  const labels = dataset(["Mass"], [[1], [0], [U], [U], [1]]);
  const uncertain = labelMatrix(["Mass"], [[0], [0], [1], [0], [1]]);
  expect(describeDataset({ ...labels, uncertain }).findings).toEqual([
    { finding: "Mass", positive: 2, negative: 1, uncertain: 1, unknown: 1, prevalence: 2 / 3 },
  ]);
});

test("of every finding the four counts add up to the images, of every pair the fourfold table to those known", () => {
  const value = fc.constantFrom(0, 1, U);
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value, value), { maxLength: 30 }), (rows) => {
      const { findings, coOccurrence, findingsPerImage, images } = describeDataset(
        dataset(["A", "B", "C"], rows),
      );
      for (const { positive, negative, uncertain, unknown } of findings) {
        expect(positive + negative + uncertain + unknown).toBe(images);
      }
      const { both, rowPresent, known } = coOccurrence;
      [0, 1, 2].forEach((a) => {
        expect(both[a]![a]).toBe(findings[a]!.positive);
        [0, 1, 2].forEach((b) => {
          expect(both[a]![b]).toBe(both[b]![a]);
          const neither = known[a]![b]! - rowPresent[a]![b]! - rowPresent[b]![a]! + both[a]![b]!;
          const counted = rows.filter((row) => row[a] === 0 && row[b] === 0).length;
          expect(neither).toBe(counted);
        });
      });
      const complete = findingsPerImage.images.reduce((sum, count) => sum + count, 0);
      expect(complete + findingsPerImage.incomplete).toBe(images);
    }),
  );
});

test("studies are counted within their patient; images without one are counted apart", () => {
  const found = describeDataset(
    dataset(
      ["Mass"],
      [[1], [1], [1], [1]],
      [
        { patientId: "a", studyId: "1" },
        { patientId: "a", studyId: "1" },
        { patientId: "b", studyId: "1" },
        { patientId: "b" },
      ],
    ),
  );
  expect(found).toMatchObject({ images: 4, patients: 2, studies: 2, imagesWithoutStudy: 1 });
});

test("ages by sex: the unknown last; an age of NaN is unknown", () => {
  const { age, ageBySex } = describeDataset(
    dataset(
      ["Mass"],
      [[1], [1], [1], [1]],
      [{ ageYears: 40 }, { sex: "F", ageYears: U }, { sex: "M", ageYears: 30 }, { sex: "M", ageYears: 50 }],
    ),
  );
  expect(age).toMatchObject({ known: 3, unknown: 1, mean: 40, standardDeviation: 10 });
  expect(ageBySex.map(({ sex, age: { known, mean } }) => [sex, known, mean])).toEqual([
    ["M", 2, 40],
    ["F", 0, U],
    [undefined, 1, 40],
  ]);
});

test("equal ages have no deviation, not that of a rounded mean, and so no standardised difference", () => {
  const children = (ageYears: number) =>
    dataset(["Mass"], [[1], [0], [1]], [{ ageYears }, { ageYears }, { ageYears }]);
  expect(describeDataset(children(0.1)).age.standardDeviation).toBe(0);
  const { differences } = compareSplits({ a: children(0.1), b: children(0.3) });
  const age = differences.find(({ kind }) => kind === "age")!;
  expect(age.difference).toBeCloseTo(0.2, 10);
  expect(age.standardizedDifference).toBeNaN();
});

test("boxes: an empty list is an image that was looked at, an absent one is not", () => {
  const box = { finding: "Nodule", x: 1, y: 1, width: 2, height: 2 };
  const { boxes } = describeDataset(
    dataset(["Mass"], [[1], [1], [1]], [{ boxes: [box, box, { ...box, finding: "Mass" }] }, { boxes: [] }]),
  );
  expect(boxes).toEqual({
    total: 3,
    images: 1,
    imagesLookedAt: 2,
    findings: {
      values: [
        { value: "Nodule", count: 2 },
        { value: "Mass", count: 1 },
      ],
      unknown: 0,
    },
  });
});

test("masks: images with a file; NaN where only loading would tell", () => {
  const files = dataset(["Mass"], [[1], [1]], [{ maskPaths: { Lungs: ["a.png"] } }]);
  expect(describeDataset({ ...files, maskNames: ["Lungs", "Heart"] }).masks).toEqual([
    { name: "Lungs", images: 1 },
    { name: "Heart", images: 0 },
  ]);
  const loaded = describeDataset(phantomDataset({ patients: 2, findings: ["Nodule"] }));
  expect(loaded.masks).toContainEqual({ name: "Nodule", images: U });
});

test("an empty dataset has counts of 0 and NaN for shares, means and quartiles", () => {
  const found = describeDataset(dataset(["Mass"], []));
  expect(found.findings).toEqual([
    { finding: "Mass", positive: 0, negative: 0, uncertain: 0, unknown: 0, prevalence: U },
  ]);
  expect(found).toMatchObject({ images: 0, patients: 0, studies: 0 });
  expect(found.findingsPerImage).toEqual({ images: [0], incomplete: 0 });
  expect(found.age).toMatchObject({ mean: U, standardDeviation: U, decades: [] });
  expect(new Set(Object.values(found.age.quartiles))).toEqual(new Set([U]));
});

test("labels of another kind or length are refused", () => {
  const good = dataset(["Mass"], [[1], [0]]);
  expect(() => describeDataset({ ...good, studies: good.studies.slice(1) })).toThrow(
    "dataset: has 1 studies and labels of shape [2,1]; expected a row a study",
  );
  const values = ndarray(Float32Array.of(0, 0.5), [2, 1]);
  expect(() => describeDataset({ ...good, labels: { classes: ["Mass"], values } })).toThrow(
    'row 1, class "Mass" is 0.5',
  );
  expect(() => describeDataset({ ...good, uncertain: labelMatrix(["Mass"], [[1]]) })).toThrow(
    "dataset.uncertain: has shape [1,1] and labels [2,1]",
  );
});

describe("compareSplits", () => {
  const { comparison } = fixture;
  const { differences } = compareSplits({ a: made[0]!, b: made[1]! });

  test("differences and standardised differences are those of NumPy, second set less first", () => {
    const findings = differences.filter(({ kind }) => kind === "finding");
    expect(findings.map(({ variable }) => variable)).toEqual(fixture.classes);
    expect(findings.map(({ difference }) => difference)).toEqual(near(comparison.findings.difference));
    expect(findings.map(({ standardizedDifference }) => standardizedDifference)).toEqual(
      near(comparison.findings.standardized),
    );
    expect(findings.map(({ totalVariation }) => totalVariation)).toEqual(
      near(comparison.findings.difference.map(Math.abs)),
    );
    const age = differences.find(({ kind }) => kind === "age")!;
    expect(age.difference).toBeCloseTo(comparison.age.difference, 10);
    expect(age.standardizedDifference).toBeCloseTo(comparison.age.standardized, 10);
  });

  test("total variation counts the unknown as a value; ages are compared by decade", () => {
    const of = (variable: string) => differences.find((entry) => entry.variable === variable)!.totalVariation;
    expect(of("age")).toBeCloseTo(comparison.age.variation, 12);
    expect(of("view")).toBeCloseTo(comparison.view, 12);
    expect(of("sex")).toBeCloseTo(comparison.sex, 12);
    expect(of("source")).toBeNaN();
  });

  test("gaps name the sets that lack a class, known labels, positives or negatives", () => {
    const { gaps, findings } = compareSplits({
      train: dataset(
        ["Mass", "Hernia", "Edema"],
        [
          [1, 1, 0],
          [0, 0, 1],
        ],
      ),
      validation: dataset(
        ["Mass", "Hernia", "Edema"],
        [
          [1, 0, U],
          [1, 0, U],
        ],
      ),
      test: dataset(["Mass"], [[1], [0]]),
    });
    expect(gaps.map(({ message }) => message)).toEqual([
      "Mass has no negative in validation",
      "Hernia has no positive in validation",
      "Hernia is no class of test",
      "Edema has no known label in validation",
      "Edema is no class of test",
    ]);
    expect(findings[1]!.counts.map((counts) => counts?.positive)).toEqual([1, 0, undefined]);
  });

  test("every pair of sets is compared; a set is no different from itself, in either order the distance is the same", () => {
    const sets = { a: made[0]!, b: made[1]!, c: made[0]! };
    const found = compareSplits(sets).differences;
    expect(found.filter(({ variable }) => variable === "age").map((entry) => entry.sets)).toEqual([
      ["a", "b"],
      ["a", "c"],
      ["b", "c"],
    ]);
    for (const variable of ["Mass", "age", "view", "sex"]) {
      const [ab, ac, bc] = found.filter((entry) => entry.variable === variable);
      expect(ac!.totalVariation).toBe(0);
      expect(bc!.totalVariation).toBe(ab!.totalVariation);
      expect(bc!.standardizedDifference).toBe(-ab!.standardizedDifference);
    }
  });

  test("what can't be compared is NaN: an empty set, an unknown class, no variation", () => {
    const one = dataset(["Mass", "Edema"], [[1, U]], [{ view: "PA" }]);
    const [mass, edema, age, , view] = compareSplits({
      one,
      none: dataset(["Mass", "Edema"], []),
    }).differences;
    for (const entry of [mass!, edema!, age!, view!]) expect(entry.totalVariation).toBeNaN();
    const [same] = compareSplits({ one, other: one }).differences;
    expect(same).toMatchObject({ difference: 0, totalVariation: 0, standardizedDifference: U });
    expect(() => compareSplits({})).toThrow("sets: holds no set");
  });
});

describe.skipIf(sharedData === undefined)("ChestX-ray14 (skipped: ../shared/data is absent)", () => {
  test("112,120 images: findings per image, pairs, ages and images per patient as pandas counts them", async () => {
    const all = await chestXray14({ csv: `${sharedData}nih-metadata/Data_Entry_2017_v2020.csv.gz` });
    const found = describeDataset(all);
    expect(found).toMatchObject({ images: 112120, patients: 30805 });
    expect(found.findingsPerImage).toEqual({
      images: [60361, 30963, 14306, 4856, 1247, 301, 67, 16, 1, 2],
      incomplete: 0,
    });
    const { classes, both } = found.coOccurrence;
    expect(both[classes.indexOf("Effusion")]![classes.indexOf("Infiltration")]).toBe(4000);
    expect(Object.values(found.age.quartiles)).toEqual([0, 34, 49, 59, 95]);
    expect(found.age.standardDeviation).toBeCloseTo(16.602679817560695, 9);
    expect(counted(found.sex)).toEqual({ M: 63340, F: 48780 });
    expect(Object.values(found.imagesPerPatient.quartiles)).toEqual([1, 1, 1, 3, 184]);
  });
});
