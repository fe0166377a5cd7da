import {
  assertNoLeakage,
  auditLeakage,
  chestXray14Findings,
  isRadiolucentError,
  selectStudies,
  splitByPatient,
} from "radiolucent";
import { chestXray14, csvDataset } from "radiolucent/node";
import { describe, expect, test } from "vitest";
import { sharedData } from "../shared-data.js";

const title = sharedData === undefined ? "nih-64 (skipped: ../shared/data is absent)" : "nih-64";

describe.skipIf(sharedData === undefined)(title, () => {
  test("its own split shares patients: train and valid 15, train and test 8, valid and test 9", async () => {
    const dataset = await csvDataset({
      csv: `${sharedData}nih-64/labels.csv`,
      images: `${sharedData}nih-64/images`,
      imageColumn: "Image",
      patientColumn: "PatientId",
      classes: chestXray14Findings,
      keep: ["Split"],
    });
    const part = (name: string) =>
      selectStudies(
        dataset,
        dataset.studies.flatMap((study, i) => (study.fields.Split === name ? [i] : [])),
      );
    const sets = { train: part("train"), valid: part("valid"), test: part("test") };
    expect(Object.values(sets).map((set) => set.studies.length)).toEqual([600, 200, 200]);
    const audit = auditLeakage(sets);
    expect(audit.clean).toBe(false);
    const shared = audit.overlaps.map((overlap) => [...overlap.sets, overlap.patients.length]);
    expect(shared).toEqual([
      ["train", "valid", 15],
      ["train", "test", 8],
      ["valid", "test", 9],
    ]);
    expect(audit.overlaps.every((overlap) => overlap.images.length === 0)).toBe(true);
    try {
      assertNoLeakage(sets);
      expect.unreachable();
    } catch (error) {
      expect(isRadiolucentError(error, "leakage")).toBe(true);
    }
  });

  test("a split by patient of the same images shares nothing, and both tables give the same labels", async () => {
    const dataset = await chestXray14({ root: `${sharedData}nih-64` });
    assertNoLeakage(splitByPatient(dataset, { fractions: { train: 0.6, valid: 0.2, test: 0.2 }, seed: 1 }));
    const table = await csvDataset({
      csv: `${sharedData}nih-64/labels.csv`,
      imageColumn: "Image",
      patientColumn: "PatientId",
      classes: chestXray14Findings,
    });
    expect(dataset.studies).toHaveLength(1000);
    const rowOf = new Map(table.studies.map((study, i) => [study.imageId, i]));
    dataset.studies.forEach((study, i) => {
      const row = rowOf.get(study.imageId)!;
      chestXray14Findings.forEach((_, c) => {
        expect(dataset.labels.values.get(i, c)).toBe(table.labels.values.get(row, c));
      });
    });
  });
});
