import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkDataset } from "../../src/io/checkDataset.js";
import { rsnaPneumonia } from "../../src/io/rsnaPneumonia.js";
import { sharedData } from "../shared-data.js";
import { smallDicom } from "./smallDicom.js";
import { temporaryFolders } from "./temporaryFolder.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const folderOf = temporaryFolders();
const table = "patientId,x,y,width,height,Target\na,1.0,2.0,3.0,4.0,1\na,5.0,6.0,7.0,8.0,1\nb,,,,,0\n";

describe("rsnaPneumonia", () => {
  it("reads tables and images; what the table of headers says stands before the files' own headers", async () => {
    const file = smallDicom({ 1048640: ["CS", "F"], 1052688: ["AS", "51"], 1593601: ["CS", "AP"] });
    const root = folderOf({
      "stage_2_train_labels.csv": table,
      "stage_2_detailed_class_info.csv": "patientId,class\na,Lung Opacity\na,Lung Opacity\nb,Normal\n",
      "stage_2_train_images_dicom_headers.csv": ",PatientAge,PatientID,ViewPosition\n0,40,a,PA\n",
      "stage_2_train_images/a.dcm": file,
      "stage_2_train_images/b.dcm": file,
    });
    const { studies, account } = await rsnaPneumonia({ root });
    const facts = studies.map(({ imageId, ageYears, sex, view, filmClass, boxes }) => [
      imageId,
      ageYears,
      sex,
      view,
      filmClass,
      boxes.length,
    ]);
    expect(facts).toEqual([
      ["a", 40, "F", "PA", "Lung Opacity", 2],
      ["b", 51, "F", "AP", "Normal", 0],
    ]);
    expect(account.joined?.map(({ rowsRead, dropped }) => [rowsRead, dropped])).toEqual([
      [3, []],
      [1, []],
    ]);
  });
});

describe.skipIf(sharedData === undefined)(`the RSNA tables and image${missing}`, () => {
  const shared = (name: string) => join(sharedData!, "rsna", name);

  it("reads all 30,227 records: 26,684 images, 9,555 boxes on 6,012 of them, up to four on one", async () => {
    const dataset = await rsnaPneumonia({
      tables: {
        labels: shared("stage_2_train_labels.csv.gz"),
        headers: shared("stage_2_train_images_dicom_headers.csv.gz"),
      },
    });
    const { studies, labels, account } = dataset;
    await checkDataset(dataset, { images: 0 });
    expect(account).toMatchObject({ rowsRead: 30_227, rowsKept: 26_684, merged: 3543, dropped: [] });
    expect(account.joined).toMatchObject([{ rowsRead: 26_684, dropped: [] }]);
    expect(account.changed).toContainEqual({ rule: "PatientAge above 120 years read as unknown", count: 5 });
    const boxes = studies.map((study) => study.boxes.length);
    expect(boxes.reduce((sum, count) => sum + count, 0)).toBe(9555);
    expect(boxes.reduce((a, b) => Math.max(a, b))).toBe(4);
    expect(labels.values.data.reduce((sum, value) => sum + value, 0)).toBe(6012);
    expect(boxes.filter((count) => count > 0)).toHaveLength(6012);
    const count = (view: string) => studies.filter((study) => study.view === view).length;
    expect([count("PA"), count("AP")]).toEqual([14_511, 12_173]);
    expect(studies.filter(({ ageYears }) => ageYears === undefined)).toHaveLength(5);
    expect(studies.filter(({ sex }) => sex === "F")).toHaveLength(11_518);
    expect(studies.every(({ pixelSpacingMm }) => pixelSpacingMm)).toBe(true);
  });

  it("gives the same age, sex, view and spacing from a DICOM file as from the table of headers", async () => {
    const id = "c64d5667-a776-4f95-9e21-bfabafb07740";
    const root = folderOf({});
    copyFileSync(join(sharedData!, "dicom", `${id}.dcm`), join(root, `${id}.dcm`));
    const labels = shared("stage_2_train_labels.csv.gz");
    const headers = shared("stage_2_train_images_dicom_headers.csv.gz");
    const fromFile = await rsnaPneumonia({ tables: { labels }, images: root });
    const fromTable = await rsnaPneumonia({ tables: { labels, headers }, images: root, headers: false });
    expect(fromFile.studies).toHaveLength(1);
    expect(fromFile.studies[0]).toMatchObject({ imageId: id, ageYears: 68, sex: "F", view: "AP" });
    expect(fromFile.studies).toEqual(fromTable.studies);
  });
});
