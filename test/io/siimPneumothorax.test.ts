import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkDataset } from "../../src/io/checkDataset.js";
import { loadStudyMasks } from "../../src/io/loadStudyMasks.js";
import { siimPneumothorax } from "../../src/io/siimPneumothorax.js";
import { sharedData } from "../shared-data.js";
import { smallDicom } from "./smallDicom.js";
import { temporaryFolders } from "./temporaryFolder.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const folderOf = temporaryFolders();

function area(values: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

describe("siimPneumothorax", () => {
  const table = "ImageId, EncodedPixels\n1.1, 1 2 1 1\n1.2,-1\n1.3,-1\n1.1,0 1\n";

  it("finds images however deep, DICOM before PNG, and takes size, patient, age, sex, view and spacing of the header", async () => {
    const root = folderOf({
      "train-rle.csv": table,
      "dicom-images-train/1.9/1.8/1.1.dcm": smallDicom({
        1048608: ["LO", "p-uuid"],
        1048640: ["CS", "F"],
        1052688: ["AS", "51"],
        1593601: ["CS", "AP"],
        2621488: ["DS", "0.14\\0.15"],
      }),
      "png/1.1.png": "",
      "png/1.2.png": "",
    });
    const dataset = await siimPneumothorax({ root, size: [2, 3] });
    expect(dataset.studies).toEqual([
      {
        imageId: "1.1",
        patientId: "p-uuid",
        runLengths: ["1 2 1 1", "0 1"],
        maskSize: [2, 3],
        view: "AP",
        ageYears: 51,
        sex: "F",
        pixelSpacingMm: [0.14, 0.15],
        path: join(root, "dicom-images-train/1.9/1.8/1.1.dcm"),
      },
      {
        imageId: "1.2",
        patientId: "1.2",
        runLengths: [],
        maskSize: [2, 3],
        path: join(root, "png/1.2.png"),
      },
    ]);
    expect(dataset.account).toMatchObject({ rowsRead: 4, rowsKept: 2, merged: 1 });
    expect(dataset.account.dropped).toMatchObject([{ count: 1, examples: ["1.3"] }]);
    expect(dataset.account.changed).toEqual([
      { rule: "no patient is named: the image counts as a patient of its own", count: 3 },
      { rule: "patient's id taken from the DICOM header", count: 1 },
    ]);
    const { Pneumothorax } = await loadStudyMasks(dataset, dataset.studies[0]!);
    expect(Pneumothorax!.shape).toEqual([2, 3]);
    expect(Array.from(Pneumothorax!.data)).toEqual([1, 1, 1, 1, 0, 0]);
  });

  it("takes patients from a list of one's own before the header's", async () => {
    const header = smallDicom({ 1048608: ["LO", "p-uuid"] });
    const root = folderOf({ "train-rle.csv": "ImageId,EncodedPixels\na,-1\n", "a.dcm": header });
    const { studies, account } = await siimPneumothorax({
      root,
      size: [2, 3],
      patientOf: (imageId) => `patient of ${imageId}`,
    });
    expect(studies[0]!.patientId).toBe("patient of a");
    expect(account.changed).toEqual([]);
  });

  it("decodes masks at the header's size, where that is another than the table's, and counts it", async () => {
    const root = folderOf({ "stage_2_train.csv": "ImageId,EncodedPixels\na,1 2\n", "a.dcm": smallDicom() });
    const dataset = await siimPneumothorax({ root });
    const { Pneumothorax } = await loadStudyMasks(dataset, dataset.studies[0]!);
    expect(Pneumothorax!.shape).toEqual([2, 3]);
    expect(Array.from(Pneumothorax!.data)).toEqual([0, 1, 0, 1, 0, 0]);
    expect(dataset.account.changed).toContainEqual({
      rule: "run lengths read at the size of the DICOM image, which is not 1024 x 1024",
      count: 1,
    });
  });
});

describe.skipIf(sharedData === undefined)(`the SIIM-ACR table and images${missing}`, () => {
  it("reads all 12,954 records: 12,047 images, 2,669 of them positive, 624 with several records", async () => {
    const { studies, labels, account } = await siimPneumothorax({
      rle: join(sharedData!, "siim/train-rle.csv.gz"),
    });
    expect(account).toMatchObject({ rowsRead: 12_954, rowsKept: 12_047, merged: 907, dropped: [] });
    expect(labels.values.data.reduce((sum, value) => sum + value, 0)).toBe(2669);
    const counts = studies.map(({ runLengths }) => runLengths.length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3576);
    expect(counts.filter((count) => count > 1)).toHaveLength(624);
    expect(counts.reduce((a, b) => Math.max(a, b))).toBe(10);
  });

  it("joins all records of an image: on 623 of those 624 the last record alone is smaller, by half in all", async () => {
    const dataset = await siimPneumothorax({ rle: join(sharedData!, "siim/train-rle.csv.gz") });
    const several = dataset.studies.filter(({ runLengths }) => runLengths.length > 1);
    let [smaller, lost, total] = [0, 0, 0];
    for (const study of several) {
      const whole = area((await loadStudyMasks(dataset, study)).Pneumothorax!.data);
      const numbers = study.runLengths.at(-1)!.split(" ").map(Number);
      const last = numbers.reduce((sum, value, i) => sum + (i % 2 === 1 ? value : 0), 0);
      if (last < whole) smaller++;
      lost += whole - last;
      total += whole;
    }
    expect([smaller, lost, total]).toEqual([623, 6_893_199, 12_979_404]);
  });

  it("reads the two DICOM images, one of them found by its header, with the masks' known areas and extents", async () => {
    const root = join(sharedData!, "siim");
    await checkDataset(() => siimPneumothorax({ root, rle: join(root, "sample-rle.csv") }));
    const dataset = await siimPneumothorax({ root, rle: join(root, "sample-rle.csv") });
    const [four, one] = dataset.studies;
    expect(four).toMatchObject({
      imageId: "1.2.276.0.7230010.3.1.4.8323329.307.1517875162.311533",
      path: join(root, "positive_sample.dcm"),
      patientId: "5bcc02b7-3d2d-4633-ab1d-7620c0306e27",
      ageYears: 29,
      sex: "M",
      view: "PA",
      pixelSpacingMm: [0.14300000000000002, 0.14300000000000002],
      maskSize: [1024, 1024],
    });
    expect(one).toMatchObject({ ageYears: 50, sex: "F", patientId: "97d32841-8836-4630-873c-be0b4d2e5478" });
    expect(dataset.account.changed).toContainEqual({
      rule: "image found by its DICOM header, not by its name",
      count: 1,
    });
    const first = (await loadStudyMasks(dataset, four!)).Pneumothorax!;
    expect(area(first.data)).toBe(69_274);
    const second = (await loadStudyMasks(dataset, one!)).Pneumothorax!;
    expect(area(second.data)).toBe(10_133);
    const places = Array.from(second.data.keys()).filter((i) => second.data[i] === 1);
    const span = (values: readonly number[]) => [
      values.reduce((a, b) => Math.min(a, b)),
      values.reduce((a, b) => Math.max(a, b)),
    ];
    expect(span(places.map((i) => i % 1024))).toEqual([193, 469]);
    expect(span(places.map((i) => Math.floor(i / 1024)))).toEqual([94, 403]);
  });
});
