import { describe, expect, it } from "vitest";
import { readClinicalReading } from "../../src/datasets/clinicalReading.js";
import { datasetBuilder } from "../../src/datasets/datasetBuilder.js";
import {
  type LungSegmentationOptions,
  lungSegmentationDefinition,
} from "../../src/datasets/lungSegmentation.js";

const read = (paths: readonly string[], options?: LungSegmentationOptions) => {
  const builder = datasetBuilder(lungSegmentationDefinition(options));
  builder.files([...paths].sort());
  return builder.finish().dataset;
};
const labelsOf = ({ labels }: ReturnType<typeof read>) => Array.from(labels.values.data);
const noMask = "no lung mask, or not all of its files: the film has no masks";

describe("lungSegmentationDefinition", () => {
  it("takes Montgomery's two masks as one, and 1 at the end of a name as tuberculosis", () => {
    const dataset = read([
      "Set/CXR_png/MCUCXR_0001_0.png",
      "Set/CXR_png/MCUCXR_0104_1.png",
      "Set/ManualMask/leftMask/MCUCXR_0001_0.png",
      "Set/ManualMask/rightMask/MCUCXR_0001_0.png",
      "Set/ManualMask/leftMask/MCUCXR_0104_1.png",
      "Set/ManualMask/rightMask/MCUCXR_0104_1.png",
    ]);
    expect(dataset.maskNames).toEqual(["Lungs"]);
    expect(dataset.labels.classes).toEqual(["Tuberculosis"]);
    expect(labelsOf(dataset)).toEqual([0, 1]);
    expect(dataset.studies[1]).toEqual({
      imageId: "MCUCXR_0104_1",
      patientId: "MCUCXR_0104",
      path: "Set/CXR_png/MCUCXR_0104_1.png",
      maskPaths: {
        Lungs: ["Set/ManualMask/leftMask/MCUCXR_0104_1.png", "Set/ManualMask/rightMask/MCUCXR_0104_1.png"],
      },
    });
    expect(dataset.account).toEqual({ rowsRead: 6, rowsKept: 2, merged: 4, dropped: [], changed: [] });
  });

  it("gives no mask where only one lung's file is there, counts the film, and drops the half", () => {
    const half = "ManualMask/leftMask/MCUCXR_0001_0.png";
    const { studies, account } = read(["CXR_png/MCUCXR_0001_0.png", half]);
    expect("maskPaths" in studies[0]!).toBe(false);
    expect(account.changed).toEqual([{ rule: noMask, count: 1 }]);
    expect(account.dropped).toEqual([
      { reason: "neither a film nor a mask of one, by its name", count: 1, examples: [half] },
    ]);
  });

  it("finds Shenzhen's masks wherever their folder lies, and keeps and counts the films without one", () => {
    const { studies, account } = read([
      "ChinaSet/CXR_png/CHNCXR_0001_0.png",
      "ChinaSet/CXR_png/CHNCXR_0327_1.png",
      "shcxr-lung-mask/mask/CHNCXR_0327_1_mask.png",
    ]);
    expect(studies.map(({ maskPaths }) => maskPaths?.Lungs)).toEqual([
      undefined,
      ["shcxr-lung-mask/mask/CHNCXR_0327_1_mask.png"],
    ]);
    expect(account).toEqual({
      rowsRead: 3,
      rowsKept: 2,
      merged: 1,
      dropped: [],
      changed: [{ rule: noMask, count: 1 }],
    });
  });

  it("takes JPCLN of JSRT as a nodule, its two lung masks as one, and not the masks as films", () => {
    const dataset = read([
      "films/JPCLN001.png",
      "films/JPCNN001.png",
      ...["left lung", "right lung", "heart", "left clavicle"].map(
        (part) => `scr/fold1/masks/${part}/JPCLN001.png`,
      ),
    ]);
    expect(dataset.labels.classes).toEqual(["Nodule"]);
    expect(labelsOf(dataset)).toEqual([1, 0]);
    expect(dataset.studies[0]!.maskPaths?.Lungs).toEqual(
      ["left", "right"].map((side) => `scr/fold1/masks/${side} lung/JPCLN001.png`),
    );
    expect(dataset.account).toMatchObject({ rowsRead: 6, rowsKept: 2, merged: 2 });
    expect(dataset.account.dropped[0]!.count).toBe(2);
  });

  it("never takes a mask for a film: a file in a folder of masks is none, though it has a film's name", () => {
    const mask = "Masks/JPCLN001.png";
    expect(read(["JPCLN001.IMG", mask, "JPCNN001.png"]).studies.map(({ path }) => path)).toEqual([
      "JPCNN001.png",
    ]);
    const { studies, account } = read(["films/JPCLN001.png", "masks/JPCLN001.png"]);
    expect(studies[0]!.maskPaths).toEqual({ Lungs: ["masks/JPCLN001.png"] });
    expect(account).toMatchObject({ rowsRead: 2, rowsKept: 1, merged: 1 });
  });

  it("refuses two films of one mask, such as a film in two formats", () => {
    expect(() => read(["images/a.jpg", "images/a.png", "masks/a.png"])).toThrow(
      'root: holds two films of the mask "masks/a.png", "images/a.jpg" and "images/a.png"; keep one',
    );
  });

  it("says that raw films and GIF masks are not read, and how to make them readable", () => {
    const { account } = read(["JPCLN001.IMG", "left lung/JPCLN001.gif", "images/a.png"]);
    expect(account.dropped.map(({ reason }) => reason)).toEqual([
      "a raw .IMG film, which is not read; convert it to PNG",
      "a GIF file, which is not read; convert it to PNG",
    ]);
  });

  it("pairs images with masks of the same name beside them, with or without _mask", () => {
    const { studies, labels, account } = read([
      "t/images/a.jpg",
      "t/images/b.png",
      "t/masks/a.png",
      "t/masks/b_mask.png",
      "v/images/a.jpg",
      "v/images/notes.txt",
    ]);
    expect(studies.map(({ imageId, maskPaths }) => [imageId, maskPaths?.Lungs])).toEqual([
      ["t/a.jpg", ["t/masks/a.png"]],
      ["t/b.png", ["t/masks/b_mask.png"]],
      ["v/a.jpg", undefined],
    ]);
    expect(labels.values.shape).toEqual([3, 0]);
    expect(account.changed).toEqual([
      { rule: "no patient is named: the image counts as a patient of its own", count: 3 },
      { rule: noMask, count: 1 },
    ]);
  });

  it("takes the patients of pairs by a rule", () => {
    const { studies, account } = read(["images/p1_2.png", "masks/p1_2.png"], { patientOf: /p\d+/ });
    expect(studies[0]!.patientId).toBe("p1");
    expect(account.changed).toEqual([]);
  });

  it("leaves a finding unknown in films of a set that says nothing of it", () => {
    const dataset = read(["CXR_png/CHNCXR_0001_0.png", "JPCLN001.png"]);
    expect(dataset.labels.classes).toEqual(["Nodule", "Tuberculosis"]);
    expect(labelsOf(dataset)).toEqual([Number.NaN, 0, 1, Number.NaN]);
  });

  it("tries the given layout only", () => {
    const files = ["images/a.png", "CXR_png/CHNCXR_0001_0.png"];
    expect(read(files, { layout: "shenzhen" }).studies.map(({ imageId }) => imageId)).toEqual([
      "CHNCXR_0001_0",
    ]);
  });

  it("refuses a film that is there twice, a folder without films, and an unknown layout", () => {
    expect(() => read(["a/CXR_png/CHNCXR_0001_0.png", "b/CXR_png/CHNCXR_0001_0.png"])).toThrow(
      /^root: holds the film CHNCXR_0001_0 twice/,
    );
    expect(() => read(["a.png"])).toThrow(/^root: holds no film/);
    expect(() => lungSegmentationDefinition({ layout: "pair" as never })).toThrow('is it "pairs"?');
  });

  it("reads index.csv: image, patient, view and finding, without a class", () => {
    const { studies, labels } = lungSegmentationDefinition({ layout: "index" }).fromTables({
      index: [
        ["id", "patientid", "view", "finding", "license"],
        ["0000.png", "202", "AP Supine", "COVID-19", ""],
        ["0001.png", "7", "", "", ""],
      ],
    });
    expect(studies).toEqual([
      { imageId: "0000.png", patientId: "202", view: "AP Supine", finding: "COVID-19" },
      { imageId: "0001.png", patientId: "7" },
    ]);
    expect(labels.values.shape).toEqual([2, 0]);
  });
});

describe("readClinicalReading", () => {
  it.each([
    ["Patient's Sex: F\nPatient's Age: 026Y\nnormal", { sex: "F", ageYears: 26, finding: "normal" }],
    [
      "Patient's Sex: M\r\nPatient's Age: 031Y\r\n\r\nnodules\r\nleft apex\r\n",
      { sex: "M", ageYears: 31, finding: "nodules left apex" },
    ],
    ["male 45yrs\nnormal", { sex: "M", ageYears: 45, finding: "normal" }],
    ["Female, 20yr\nbilateral PTB", { sex: "F", ageYears: 20, finding: "bilateral PTB" }],
    ["\uFEFFmale45yrs\n", { sex: "M", ageYears: 45 }],
    ["female 6 months\nmalignant node", { sex: "F", ageYears: 0.5, finding: "malignant node" }],
    ["male 250yrs\nnormal", { sex: "M", finding: "normal" }],
    ["normal", { finding: "normal" }],
    ["", {}],
  ])("reads %j", (text, reading) => {
    expect(readClinicalReading(text)).toEqual(reading);
  });
});
