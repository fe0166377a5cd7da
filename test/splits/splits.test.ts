import fc from "fast-check";
import { isRadiolucentError } from "radiolucent";
import { type Dataset, labelMatrix } from "radiolucent/labels";
import { assertNoLeakage, auditLeakage, checkForLeakage, splitByPatient } from "radiolucent/splits";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../src/random.js";

function dataset(patients: readonly string[], rows: readonly number[][], classes = ["a", "b", "c"]): Dataset {
  return {
    name: "made",
    studies: patients.map((patientId, i) => ({ imageId: `image${i}`, patientId })),
    labels: labelMatrix(classes, rows),
    account: { rowsRead: rows.length, rowsKept: rows.length, dropped: [], changed: [] },
  };
}

/** Patients with one to four images; findings of falling frequency that stay with a patient. */
function cohort(patientCount: number, seed: number): Dataset {
  const random = randomStream(seed);
  const patients: string[] = [];
  const rows: number[][] = [];
  for (let p = 0; p < patientCount; p++) {
    const row = [0.3, 0.08, 0.02].map((rate) => (random.uniform() < rate ? 1 : 0));
    for (let i = random.integer(4); i >= 0; i--) {
      patients.push(`p${p}`);
      rows.push(row);
    }
  }
  return dataset(patients, rows);
}

const patientsWith = (set: Dataset, c: number) =>
  new Set(set.studies.flatMap((s, i) => (set.labels.values.get(i, c) === 1 ? [s.patientId] : []))).size;
const patientCount = (set: Dataset) => new Set(set.studies.map((s) => s.patientId)).size;
const fractions = { train: 0.6, validation: 0.2, test: 0.2 };

describe("leakage", () => {
  test("the course's example: {0,1,2} and {2,3,4} overlap, {0,1,2} and {3,4,5} don't", () => {
    expect(checkForLeakage([0, 1, 2], [2, 3, 4])).toBe(true);
    expect(checkForLeakage([0, 1, 2], [3, 4, 5])).toBe(false);
  });

  test("ids are compared as text: 7 equals '7' but not '007'", () => {
    expect(checkForLeakage([7], ["7"])).toBe(true);
    expect(checkForLeakage([7], ["007"])).toBe(false);
  });

  test("any number of sets: every pair that shares something is named, with what it shares", () => {
    const audit = auditLeakage({ train: [1, 2, 3], validation: [4, 5], test: [3, 5, 6] });
    expect(audit.clean).toBe(false);
    expect(audit.sets.map((set) => set.patients)).toEqual([3, 2, 3]);
    expect(audit.overlaps).toEqual([
      { sets: ["train", "test"], patients: ["3"], studies: [], images: [] },
      { sets: ["validation", "test"], patients: ["5"], studies: [], images: [] },
    ]);
  });

  test("the same image under two patient ids is found", () => {
    const one = { studies: [{ imageId: "x.png", patientId: "1" }] };
    const two = { studies: [{ imageId: "x.png", patientId: "2" }] };
    expect(checkForLeakage(one, two)).toBe(true);
    expect(auditLeakage({ one, two }).overlaps[0]).toMatchObject({ patients: [], images: ["x.png"] });
  });

  test("study numbers count within a patient: study 0 of two patients is no overlap", () => {
    const one = { studies: [{ imageId: "a", patientId: "1", studyId: "0" }] };
    const two = { studies: [{ imageId: "b", patientId: "2", studyId: "0" }] };
    expect(checkForLeakage(one, two)).toBe(false);
  });

  test("assertNoLeakage throws a typed error with the overlaps, and returns the audit when clean", () => {
    expect(assertNoLeakage({ a: [1], b: [2] }).clean).toBe(true);
    try {
      assertNoLeakage({ train: [1, 2], test: [2] });
      expect.unreachable();
    } catch (error) {
      if (!isRadiolucentError(error, "leakage")) throw error;
      expect(error.overlaps[0]!.patients).toEqual(["2"]);
      expect(error.message).toContain('"train" and "test" share 1 patients (2)');
    }
  });

  test("a missing patient id cannot be cleared: it is an error that names the entry", () => {
    for (const missing of ["", "  ", NaN]) {
      expect(() => auditLeakage({ train: ["1", missing], test: ["2"] })).toThrow(
        "sets.train: entry 1 has no patient id",
      );
    }
  });
});

describe("splitByPatient", () => {
  test("every study lands in exactly one set, no patient in two, studies and labels stay aligned", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 60 }), fc.nat(), (patients, seed) => {
        const whole = cohort(patients, seed);
        const sets = splitByPatient(whole, { fractions, seed });
        assertNoLeakage(sets);
        const all = Object.values(sets).flatMap((set) => set.studies.map((study, i) => ({ study, set, i })));
        expect(all.length).toBe(whole.studies.length);
        for (const { study, set, i } of all) {
          const original = whole.studies.indexOf(study);
          for (let c = 0; c < 3; c++) {
            expect(set.labels.values.get(i, c)).toBe(whole.labels.values.get(original, c));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("fractions are of patients, rounded by largest remainder", () => {
    const sets = splitByPatient(cohort(101, 1), { fractions, seed: 1 });
    expect(Object.values(sets).map(patientCount)).toEqual([61, 20, 20]);
  });

  test("each finding's patients are shared out in proportion, to within one patient for a single finding", () => {
    const patients = Array.from({ length: 200 }, (_, p) => `p${p}`);
    const rows = patients.map((_, p) => [p % 20 === 0 ? 1 : 0]);
    for (let seed = 0; seed < 20; seed++) {
      const sets = splitByPatient(dataset(patients, rows, ["rare"]), { fractions, seed });
      expect(Object.values(sets).map((set) => patientsWith(set, 0))).toEqual([6, 2, 2]);
    }
  });

  test("with several findings a patient, no set is off by more than two patients for any finding", () => {
    for (let seed = 0; seed < 20; seed++) {
      const whole = cohort(400, seed);
      const sets = splitByPatient(whole, { fractions, seed });
      for (let c = 0; c < 3; c++) {
        for (const [name, fraction] of Object.entries(fractions)) {
          const wanted = fraction * patientsWith(whole, c);
          expect(Math.abs(patientsWith(sets[name as keyof typeof sets], c) - wanted)).toBeLessThanOrEqual(2);
        }
      }
    }
  });

  test("the same seed gives the same split, another seed another", () => {
    const whole = cohort(80, 3);
    const ids = (seed: number) =>
      splitByPatient(whole, { fractions, seed }).test.studies.map((s) => s.imageId);
    expect(ids(5)).toEqual(ids(5));
    expect(ids(5)).not.toEqual(ids(6));
  });

  test("studies keep their order", () => {
    const { train } = splitByPatient(cohort(50, 2), { fractions, seed: 0 });
    const numbers = train.studies.map((s) => Number(s.imageId.slice(5)));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  test("unknown labels are no evidence of a finding and stay unknown", () => {
    const whole = dataset(["a", "b", "c", "d"], Array(4).fill([NaN, 0, 1]));
    const { train } = splitByPatient(whole, { fractions: { train: 0.5, test: 0.5 } });
    expect(train.labels.values.get(0, 0)).toBeNaN();
  });

  test("fractions that lose patients, are not positive or leave a set empty are errors", () => {
    const whole = cohort(5, 1);
    expect(() => splitByPatient(whole, { fractions: { train: 0.5, test: 0.4 } })).toThrow("expected 1");
    expect(() => splitByPatient(whole, { fractions: { train: 1.2, test: -0.2 } })).toThrow(
      "options.fractions.train",
    );
    expect(() => splitByPatient(whole, { fractions: { train: 0.99, test: 0.01 } })).toThrow("is nobody");
  });
});
