import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkDataset } from "../../src/io/checkDataset.js";
import { vinDrCxr } from "../../src/io/vinDrCxr.js";
import { vinBigDataFindings, vinDrCxrFindings } from "../../src/labels/vinDrCxrFindings.js";
import { sharedData } from "../shared-data.js";
import { smallDicom } from "./smallDicom.js";
import { temporaryFolders } from "./temporaryFolder.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const folderOf = temporaryFolders();

describe("vinDrCxr", () => {
  const header = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n";

  it("finds .dicom files, and takes the boxes' image size, age and sex of their headers", async () => {
    const root = folderOf({
      "train.csv": `${header}a,ILD,5,R1,0,0,2,1\nb,No finding,14,R1,,,,\nc,No finding,14,R1,,,,\n`,
      "train/a.dicom": smallDicom({ 1048640: ["CS", "M"], 1052688: ["AS", "007M"] }),
      "train/b.png": "",
    });
    const { studies, account } = await vinDrCxr({ root });
    expect(studies[0]).toMatchObject({ boxSize: [2, 3], sex: "M", path: join(root, "train/a.dicom") });
    expect(studies[0]!.ageYears).toBeCloseTo(7 / 12, 12);
    expect("boxSize" in studies[1]!).toBe(false);
    expect(account.dropped).toMatchObject([{ count: 1, examples: ["c"] }]);
  });

  it("reads PhysioNet's tables from their folder, and the images of the other", async () => {
    const names = [...vinDrCxrFindings, "No finding"];
    const root = folderOf({
      "annotations/image_labels_train.csv": `image_id,rad_id,${names}\na,R1,${names.map(() => 0)}\n`,
      "annotations/annotations_train.csv": `image_id,rad_id,class_name,x_min,y_min,x_max,y_max\na,R1,No finding,,,,\n`,
      "train/a.dicom": smallDicom(),
    });
    const { studies, account } = await vinDrCxr({
      root: join(root, "annotations"),
      images: join(root, "train"),
      edition: "physionet-train",
    });
    expect(studies).toEqual([
      {
        imageId: "a",
        patientId: "a",
        readers: ["R1"],
        boxes: [],
        boxSize: [2, 3],
        split: "train",
        path: join(root, "train/a.dicom"),
      },
    ]);
    expect(account.joined).toHaveLength(1);
  });
});

describe.skipIf(sharedData === undefined)(`the VinBigData table${missing}`, () => {
  const tables = { annotations: join(sharedData ?? "", "vinbig/vinbigdata-train.csv.gz") };
  /** Positive images by finding: counted with pandas, readers who marked the finding on an image: any, two, all three. */
  const counted = {
    any: [3067, 186, 452, 2300, 353, 386, 613, 1322, 826, 1134, 1032, 1981, 96, 1617],
    majority: [2346, 62, 177, 1817, 121, 152, 245, 547, 405, 362, 634, 882, 58, 1017],
    consensus: [1744, 18, 57, 1297, 31, 71, 91, 167, 181, 127, 439, 365, 45, 633],
  } as const;

  it.each(["any", "majority", "consensus"] as const)(
    "%s: 67,914 records of 17 readers, three an image, give 15,000 images with the counts of the table",
    async (aggregate) => {
      const { studies, labels, labelSets, account } = await vinDrCxr({ tables, aggregate });
      expect(account).toMatchObject({ rowsRead: 67_914, rowsKept: 15_000, merged: 52_914, dropped: [] });
      expect(Object.keys(labelSets!)).toEqual(Array.from({ length: 17 }, (_, i) => `R${i + 1}`));
      expect(studies.every(({ readers }) => readers.length === 3)).toBe(true);
      const positive = vinBigDataFindings.map((_, c) =>
        studies.reduce((sum, _, i) => sum + (labels.values.get(i, c) === 1 ? 1 : 0), 0),
      );
      expect(positive).toEqual(counted[aggregate]);
      const unknown = labels.values.data.filter((value) => Number.isNaN(value)).length;
      const disagreed = counted.any.reduce((sum, any, c) => sum + any - counted.consensus[c]!, 0);
      expect(unknown).toBe(aggregate === "consensus" ? disagreed : 0);
    },
  );

  it("keeps a box for each record but the 31,818 of No finding, and what each reader read", async () => {
    const dataset = await vinDrCxr({ tables });
    const { studies, labelSets } = dataset;
    await checkDataset(dataset, { images: 0 });
    const boxes = studies.flatMap((study) => study.boxes ?? []);
    expect(boxes).toHaveLength(67_914 - 31_818);
    expect(boxes.filter(({ annotator }) => annotator === "R9").length).toBeGreaterThan(9000);
    const read = Object.entries(labelSets!).map(([reader, { values }]) => {
      const known = studies.map((_, i) => !Number.isNaN(values.get(i, 0)));
      expect(known).toEqual(studies.map(({ readers }) => readers.includes(reader)));
      return known.filter(Boolean).length;
    });
    expect(read.reduce((sum, count) => sum + count, 0)).toBe(45_000);
  });
});
