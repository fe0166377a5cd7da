import { describe, expect, it } from "vitest";
import { chestXray14Definition } from "../../src/datasets/chestXray14.js";
import { cheXpertDefinition } from "../../src/datasets/cheXpert.js";
import { decimalNumber } from "../../src/datasets/decimalNumber.js";
import { mimicCxrDefinition } from "../../src/datasets/mimicCxr.js";
import { rsnaPneumoniaDefinition } from "../../src/datasets/rsnaPneumonia.js";
import { cheXpertFindings } from "../../src/labels/cheXpertFindings.js";
import { faultsOf } from "./tableErrorOf.js";

describe("cells", () => {
  it.each([
    ["12", 12],
    ["-0.50", -0.5],
    [".5", 0.5],
    ["7.", 7],
    ["1e3", 1000],
    ["2.5E-1", 0.25],
  ])("that say %s are that number", (text, value) => {
    expect(decimalNumber(text)).toBe(value);
  });

  it.each(["", " ", "0x10", "0b1", "Infinity", "1e400", "NaN", "1,5", "1_0", "--1", ".", "e1"])(
    'that say "%s" are no number, though some programming language reads one',
    (text) => {
      expect(decimalNumber(text)).toBeNaN();
    },
  );

  it("with an infinite or hexadecimal spacing or box are faults", () => {
    const labels = [
      ["patientId", "x", "y", "width", "height", "Target"],
      ["a", "0x10", "1", "Infinity", "4", "1"],
    ];
    const headers = [
      ["PatientID", "PixelSpacing"],
      ["a", "Infinity"],
    ];
    expect(faultsOf(() => rsnaPneumoniaDefinition().fromTables({ labels }))).toEqual([
      [2, "x"],
      [2, "width"],
    ]);
    expect(faultsOf(() => rsnaPneumoniaDefinition().fromTables({ headers, labels }))).toEqual([
      [2, "PixelSpacing"],
    ]);
  });

  it("that say what every JavaScript object has are words as others are", () => {
    const google2019Test = [
      ["Image Index", "Fracture", "Pneumothorax", "Airspace opacity", "Nodule or mass"],
      ["1.png", "NO", "constructor", "NO", "YES"],
    ];
    const entries = [["Image Index", "Finding Labels", "Patient ID"]];
    expect(faultsOf(() => chestXray14Definition().fromTables({ google2019Test, entries }))).toEqual([
      [2, "Pneumothorax"],
    ]);
    const train = [
      ["Path", "Sex", ...cheXpertFindings],
      ["train/patient00001/study1/view1_frontal.jpg", "constructor", ...cheXpertFindings.map(() => "")],
    ];
    expect(cheXpertDefinition().fromTables({ train }).studies[0]!.sex).toBe("constructor");
  });

  it("of MIMIC-CXR's splits say train, validate or test and nothing else: a misspelt set would be lost", () => {
    const tables = {
      labels: [["subject_id", "study_id", ...cheXpertFindings]],
      metadata: [["dicom_id", "subject_id", "study_id"]],
    };
    const splits = [
      ["dicom_id", "study_id", "subject_id", "split"],
      ["a", "1", "2", "test"],
      ["b", "1", "2", "Test"],
      ["c", "1", "2", ""],
    ];
    expect(faultsOf(() => mimicCxrDefinition().fromTables({ ...tables, splits }))).toEqual([
      [3, "split"],
      [4, "split"],
    ]);
  });
});
