import { join } from "node:path";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { checkDataset } from "../../src/io/checkDataset.js";
import { encodePng } from "../../src/io/encodePng.js";
import { loadStudyImage } from "../../src/io/loadStudyImage.js";
import { loadStudyMasks } from "../../src/io/loadStudyMasks.js";
import { lungSegmentation } from "../../src/io/lungSegmentation.js";
import { sharedData } from "../shared-data.js";
import { temporaryFolders } from "./temporaryFolder.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const folderOf = temporaryFolders();
const png = (...values: readonly number[]) => encodePng(ndarray(new Uint8Array(values), [2, 2]));

describe("lungSegmentation", () => {
  it("reads Montgomery: the union of both lungs, and sex, age and reading of the text file", async () => {
    const root = folderOf({
      "CXR_png/MCUCXR_0001_0.png": await png(1, 2, 3, 4),
      "CXR_png/MCUCXR_0002_1.png": await png(1, 2, 3, 4),
      "ManualMask/leftMask/MCUCXR_0001_0.png": await png(255, 0, 0, 0),
      "ManualMask/rightMask/MCUCXR_0001_0.png": await png(0, 0, 0, 255),
      "ClinicalReadings/MCUCXR_0001_0.txt": "Patient's Sex: F\nPatient's Age: 026Y\nnormal\n",
      "ClinicalReadings/MCUCXR_0002_1.txt": "cavity\n",
    });
    const dataset = await lungSegmentation({ root });
    expect(dataset.studies[0]).toEqual({
      imageId: "MCUCXR_0001_0",
      patientId: "MCUCXR_0001",
      sex: "F",
      ageYears: 26,
      finding: "normal",
      path: join(root, "CXR_png/MCUCXR_0001_0.png"),
      maskPaths: {
        Lungs: [
          join(root, "ManualMask/leftMask/MCUCXR_0001_0.png"),
          join(root, "ManualMask/rightMask/MCUCXR_0001_0.png"),
        ],
      },
    });
    expect(Array.from(dataset.labels.values.data)).toEqual([0, 1]);
    const { Lungs } = await loadStudyMasks(dataset, dataset.studies[0]!);
    expect(Array.from(Lungs!.data)).toEqual([1, 0, 0, 1]);
    expect(await loadStudyMasks(dataset, dataset.studies[1]!)).toEqual({});
    const { rowsRead, rowsKept, merged = 0, dropped, changed } = dataset.account;
    expect(rowsRead).toBe(rowsKept + merged + dropped.reduce((sum, { count }) => sum + count, 0));
    expect(changed).toEqual([
      { rule: "no lung mask, or not all of its files: the film has no masks", count: 1 },
      { rule: "clinical reading whose sex or age was not understood", count: 1 },
    ]);
  });

  it("takes index.csv where it is there, and counts films without masks", async () => {
    const root = folderOf({
      "index.csv": "id,patientid,view\na.png,7,PA\nb.png,7,AP\nc.png,8,AP\n",
      "images/a.png": "",
      "images/b.png": "",
      "masks/a.png": "",
    });
    const { studies, account } = await lungSegmentation({ root });
    expect(studies).toEqual([
      {
        imageId: "a.png",
        patientId: "7",
        view: "PA",
        path: join(root, "images/a.png"),
        maskPaths: { Lungs: [join(root, "masks/a.png")] },
      },
      { imageId: "b.png", patientId: "7", view: "AP", path: join(root, "images/b.png") },
    ]);
    expect(account.dropped).toMatchObject([{ count: 1, examples: ["c.png"] }]);
    expect(account.changed).toMatchObject([{ count: 1 }]);
  });

  it("takes another layout where it is told to", async () => {
    const root = folderOf({ "index.csv": "broken", "images/a.png": "", "masks/a.png": "" });
    const { studies } = await lungSegmentation({ root, layout: "pairs" });
    expect(studies).toHaveLength(1);
  });

  it("refuses a folder that is absent", async () => {
    const root = join(folderOf({}), "nowhere");
    await expect(lungSegmentation({ root })).rejects.toThrow(/^root: there is no folder/);
  });

  it("ends with the signal's reason", async () => {
    const reason = new Error("stopped");
    const root = folderOf({ "images/a.png": "", "masks/a.png": "" });
    await expect(lungSegmentation({ root, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe.skipIf(sharedData === undefined)(`the lung masks of the shared data${missing}`, () => {
  const root = join(sharedData ?? "", "lungs-256");

  it("reads 427 pairs of 257 patients; every mask has its image's size and covers .09 to .62 of it, .368 in the mean", async () => {
    const dataset = await lungSegmentation({ root, missingImages: "error" });
    expect(dataset.account).toEqual({ rowsRead: 427, rowsKept: 427, dropped: [], changed: [] });
    expect(new Set(dataset.studies.map(({ patientId }) => patientId)).size).toBe(257);
    const count = (view: string) => dataset.studies.filter((study) => study.view === view).length;
    expect([count("PA"), count("AP Supine"), count("AP")]).toEqual([216, 120, 91]);
    await checkDataset(() => lungSegmentation({ root }));
    const shares: number[] = [];
    for (const study of dataset.studies) {
      const { pixels } = await loadStudyImage(dataset, study);
      const { Lungs } = await loadStudyMasks(dataset, study);
      expect(Lungs!.shape).toEqual(pixels.shape);
      shares.push(Lungs!.data.reduce((sum, value) => sum + value, 0) / Lungs!.data.length);
    }
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean).toBeCloseTo(0.368, 3);
    expect(shares.reduce((a, b) => Math.min(a, b))).toBeCloseTo(0.09, 2);
    expect(shares.reduce((a, b) => Math.max(a, b))).toBeCloseTo(0.62, 2);
  });

  it("reads the same pairs from the files alone, without patients", async () => {
    const { studies, account } = await lungSegmentation({ root, layout: "pairs" });
    const byIndex = await lungSegmentation({ root });
    expect(studies.map(({ imageId, maskPaths }) => [imageId, maskPaths])).toEqual(
      byIndex.studies.map(({ imageId, maskPaths }) => [imageId, maskPaths]),
    );
    expect(account).toMatchObject({ rowsRead: 855, rowsKept: 427, merged: 427 });
  });
});
