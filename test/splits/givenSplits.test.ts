import fc from "fast-check";
import { isRadiolucentError } from "radiolucent";
import { classFrequencies, inverseFrequencyWeights } from "radiolucent/balance";
import { type Dataset, labelMatrix } from "radiolucent/labels";
import { csvDataset } from "radiolucent/node";
import { assertNoLeakage, auditLeakage, groupKFold, splitByField, splitByIds } from "radiolucent/splits";
import { beforeAll, describe, expect, test } from "vitest";
import { randomStream } from "../../src/random.js";
import { wholeNih } from "../labels/wholeNih.js";
import { sharedData } from "../shared-data.js";

function dataset(
  patients: readonly string[],
  rows: readonly number[][],
  splits: readonly string[] = [],
): Dataset {
  return {
    name: "made",
    studies: patients.map((patientId, i) => ({
      imageId: `${i}.png`,
      patientId,
      ...(splits[i] !== undefined && { split: splits[i] }),
    })),
    labels: labelMatrix(["common", "rare"], rows),
    account: { rowsRead: rows.length, rowsKept: rows.length, dropped: [], changed: [] },
  };
}

function cohort(patientCount: number, seed: number): Dataset {
  const random = randomStream(seed);
  const patients: string[] = [];
  const rows: number[][] = [];
  for (let p = 0; p < patientCount; p++) {
    const row = [0.4, 0.1].map((rate) => (random.uniform() < rate ? 1 : 0));
    for (let i = random.integer(4); i >= 0; i--) {
      patients.push(`p${p}`);
      rows.push(row);
    }
  }
  return dataset(patients, rows);
}

const ids = (set: Dataset) => set.studies.map(({ imageId }) => imageId);
const patientsOf = (set: Dataset) => new Set(set.studies.map(({ patientId }) => patientId));
const patientsWith = (set: Dataset, c: number) =>
  new Set(set.studies.flatMap((s, i) => (set.labels.values.get(i, c) === 1 ? [s.patientId] : []))).size;

describe("groupKFold", () => {
  test("every study is validated once and trains in all other turns; no patient on both sides; order is kept", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 7, max: 40 }),
        fc.integer({ min: 2, max: 7 }),
        fc.nat(),
        (count, folds, seed) => {
          const whole = cohort(count, seed);
          const turns = groupKFold(whole, { folds, seed });
          expect(turns).toHaveLength(folds);
          for (const { train, validation } of turns) {
            assertNoLeakage({ train, validation });
            const both = new Set([...ids(train), ...ids(validation)]);
            expect(both.size).toBe(whole.studies.length);
            expect(ids(train)).toEqual(ids(whole).filter((id) => ids(train).includes(id)));
          }
          const validated = turns.flatMap(({ validation }) => ids(validation));
          expect(validated.sort()).toEqual(ids(whole).sort());
          const sizes = turns.map(({ validation }) => patientsOf(validation).size);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("patients with a finding are shared out evenly, to within two", () => {
    for (let seed = 0; seed < 10; seed++) {
      const whole = cohort(300, seed);
      for (const { validation } of groupKFold(whole, { folds: 5, seed })) {
        for (const c of [0, 1]) {
          expect(Math.abs(patientsWith(validation, c) - patientsWith(whole, c) / 5)).toBeLessThanOrEqual(2);
        }
      }
    }
  });

  test("the same seed gives the same folds, another seed others", () => {
    const of = (seed: number) => groupKFold(cohort(40, 1), { seed }).map(({ validation }) => ids(validation));
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  test("fewer than two folds, or more than patients, are errors", () => {
    expect(() => groupKFold(cohort(4, 1), { folds: 5 })).toThrow(
      "is 5; expected a whole number from 2 to the 4",
    );
    expect(() => groupKFold(cohort(4, 1), { folds: 1 })).toThrow("options.folds");
  });
});

describe("splitByIds", () => {
  const whole = dataset(
    ["a", "a", "b", "c"],
    [
      [1, 0],
      [0, 0],
      [0, 1],
      [1, 1],
    ],
  );

  test("studies in no list and ids without a study are named; studies keep their order", () => {
    const lists = { train: ["1.png", "0.png", "x.png", "x.png"], test: ["3.png"] };
    const { sets, unassigned, missing } = splitByIds(whole, lists);
    expect(ids(sets.train)).toEqual(["0.png", "1.png"]);
    expect([...sets.test.labels.values.data]).toEqual([1, 1]);
    expect(unassigned).toEqual(["2.png"]);
    expect(missing).toEqual({ train: ["x.png"], test: [] });
  });

  test("lists of patients take all their studies; a list without a study gives an empty set", () => {
    const { sets, unassigned } = splitByIds(
      whole,
      { train: ["a"], test: new Set(["b", "c"]), more: [] },
      { by: "patientId" },
    );
    expect(Object.values(sets).map((set) => set.studies.length)).toEqual([2, 2, 0]);
    expect(unassigned).toEqual([]);
    expect(
      splitByIds(dataset(["7"], [[0, 0]]), { train: [7] }, { by: "patientId" }).sets.train.studies,
    ).toHaveLength(1);
  });

  test("a patient in two sets is an error with the patient, unless overlaps are allowed", () => {
    const lists = { train: ["0.png"], test: ["1.png"] };
    try {
      splitByIds(whole, lists);
      expect.unreachable();
    } catch (error) {
      if (!isRadiolucentError(error, "leakage")) throw error;
      expect(error.overlaps[0]!.patients).toEqual(["a"]);
    }
    expect(ids(splitByIds(whole, lists, { overlap: "allow" }).sets.test)).toEqual(["1.png"]);
  });

  test("an id in two lists and lists of another kind of id are errors", () => {
    expect(() => splitByIds(whole, { train: ["0.png"], test: ["0.png"] })).toThrow(
      '"0.png" stands in the list "train" too',
    );
    expect(() => splitByIds(whole, { train: ["0"] })).toThrow('ids such as "0.png", the lists such as "0"');
  });
});

describe("splitByField", () => {
  test("a set for each value in the order of their first studies; studies without a value are named", () => {
    const whole = dataset(["a", "b", "c", "d"], Array(4).fill([0, 1]), ["test", "train", "test"]);
    const { sets, unassigned } = splitByField(whole, "split");
    expect(Object.entries(sets).map(([name, set]) => [name, ids(set)])).toEqual([
      ["test", ["0.png", "2.png"]],
      ["train", ["1.png"]],
    ]);
    expect(unassigned).toEqual(["3.png"]);
  });

  test("a function may name the set, and a shared patient is an error unless allowed", () => {
    const whole = dataset(["a", "a", "b"], Array(3).fill([0, 1]));
    const byImage = ({ imageId }: { imageId: string }) => (imageId === "0.png" ? "train" : "test");
    expect(() => splitByField(whole, byImage)).toThrow('"train" and "test" share 1 patients (a)');
    expect(splitByField(whole, byImage, { overlap: "allow" }).sets.test!.studies).toHaveLength(2);
  });

  test("only text fields can be named", () => {
    const whole = dataset(["a"], [[0, 1]]);
    // @ts-expect-error ageYears is a number
    expect(() => splitByField(whole, "ageYears")).not.toThrow();
  });
});

describe.skipIf(sharedData === undefined)("real splits (skipped: ../shared/data is absent)", () => {
  let nih: Awaited<ReturnType<typeof wholeNih>>;
  beforeAll(async () => {
    nih = await wholeNih();
  });

  test("the lists of ChestX-ray14: 78,468, 11,219 and 22,433 images of 21,528, 3,090 and 6,187 patients, disjoint", () => {
    const { sets, unassigned } = splitByField(nih, "split");
    const sizes = ["train", "validation", "test"].map((name) => [
      sets[name]!.studies.length,
      patientsOf(sets[name]!).size,
    ]);
    expect(sizes).toEqual([
      [78_468, 21_528],
      [11_219, 3_090],
      [22_433, 6_187],
    ]);
    expect(unassigned).toEqual([]);
    expect(auditLeakage(sets)).toMatchObject({ clean: true, suspects: [] });
  });

  test("chosen patients give the weights N / (2 n) of a count by hand", () => {
    const patients = [...patientsOf(nih)];
    const chosen = patients.filter((_, i) => i % 5 < 3);
    const { sets, unassigned, missing } = splitByIds(
      nih,
      { train: chosen, none: ["nobody"] },
      { by: "patientId" },
    );
    expect(missing).toEqual({ train: [], none: ["nobody"] });
    expect(sets.train.studies.length + unassigned.length).toBe(112_120);
    const weights = inverseFrequencyWeights(classFrequencies(sets.train.labels));
    const inTrain = new Set(chosen);
    for (const [c, finding] of nih.labels.classes.entries()) {
      let all = 0;
      let present = 0;
      nih.studies.forEach(({ patientId }, row) => {
        if (!inTrain.has(patientId)) return;
        all++;
        if (nih.labels.values.get(row, c) === 1) present++;
      });
      expect([finding, weights.positive[c]]).toEqual([finding, all / (2 * present)]);
      expect([finding, weights.negative[c]]).toEqual([finding, all / (2 * (all - present))]);
    }
  });

  test("five folds of all 112,120 images have no more than one patient's difference and share every finding out", () => {
    const folds = groupKFold(nih, { folds: 5, seed: 3 });
    const sizes = folds.map(({ validation }) => patientsOf(validation).size);
    expect(sizes).toEqual([6161, 6161, 6161, 6161, 6161]);
    for (const c of nih.labels.classes.keys()) {
      const shares = folds.map(({ validation }) => patientsWith(validation, c));
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(0.05 * patientsWith(nih, c) + 2);
    }
  });

  test("the split that nih-64 came with shares 15, 8 and 9 patients: an error that says so", async () => {
    const small = await csvDataset({
      csv: `${sharedData}nih-64/labels.csv`,
      imageColumn: "Image",
      patientColumn: "PatientId",
      classes: ["Effusion"],
      keep: ["Split"],
    });
    const given = ({ fields }: (typeof small)["studies"][number]) => fields.Split;
    expect(() => splitByField(small, given)).toThrow('"train" and "valid" share 15 patients');
    const { sets } = splitByField(small, given, { overlap: "allow" });
    expect(auditLeakage(sets).overlaps.map((overlap) => [...overlap.sets, overlap.patients.length])).toEqual([
      ["train", "valid", 15],
      ["train", "test", 8],
      ["valid", "test", 9],
    ]);
  });
});
