import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { checkDataset } from "../../src/io/checkDataset.js";
import { cheXpert } from "../../src/io/cheXpert.js";
import { cheXpertFindings } from "../../src/labels/cheXpertFindings.js";
import { filterStudies } from "../../src/labels/selectStudies.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-chexpert-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", "No Finding", ...cheXpertFindings].join();
const blanks = ",".repeat(cheXpertFindings.length - 1);

const table = (...paths: string[]) =>
  [header, ...paths.map((path) => `${path},Male,50,Frontal,PA,1.0,${blanks}`), ""].join("\n");

/** CheXpert in miniature: train.csv packed, valid.csv plain, images as named. */
function miniature(name: string, images: readonly string[]): string {
  const root = join(folder, name);
  mkdirSync(root);
  const inSet = (patient: string) => `${patient}/study1/view1_frontal.jpg`;
  const train = ["patient00001", "patient00002"].map((patient) => `CheXpert-v1.0/train/${inSet(patient)}`);
  writeFileSync(join(root, "train.csv.gz"), gzipSync(table(...train)));
  writeFileSync(join(root, "valid.csv"), table(`CheXpert-v1.0/valid/${inSet("patient64541")}`));
  for (const image of images) {
    mkdirSync(dirname(join(root, image)), { recursive: true });
    writeFileSync(join(root, image), "");
  }
  return root;
}

describe("cheXpert", () => {
  it("finds images by the end of their path, packed tables, and counts images that are not there", async () => {
    const root = miniature("deep", [
      "CheXpert-v1.0/train/patient00002/study1/view1_frontal.jpg",
      "CheXpert-v1.0/valid/patient64541/study1/view1_frontal.jpg",
    ]);
    const dataset = await cheXpert({ root });
    expect(dataset.studies.map(({ split, path }) => [split, path])).toEqual([
      ["train", join(root, "CheXpert-v1.0/train/patient00002/study1/view1_frontal.jpg")],
      ["valid", join(root, "CheXpert-v1.0/valid/patient64541/study1/view1_frontal.jpg")],
    ]);
    expect(dataset.account).toEqual({
      rowsRead: 3,
      rowsKept: 2,
      dropped: [
        {
          reason: `no image file in "${root}"`,
          count: 1,
          examples: ["train/patient00001/study1/view1_frontal.jpg"],
        },
      ],
      changed: [],
    });
    await checkDataset(() => cheXpert({ root }), { images: 0 });
    const { account } = filterStudies(dataset, ({ split }) => split === "train", "another set");
    expect(account.rowsRead).toBe(
      account.rowsKept + account.dropped.reduce((sum, { count }) => sum + count, 0),
    );
  });

  it("finds images in folders that name no set, or val for valid", async () => {
    const root = miniature("batches", [
      "CheXpert-v1.0 batch 2 (train 1)/patient00001/study1/view1_frontal.jpg",
      "CheXpert-v1.0 batch 3 (train 2)/patient00002/study1/view1_frontal.jpg",
      "val/patient64541/study1/view1_frontal.jpg",
    ]);
    const { studies } = await cheXpert({ root, missingImages: "error" });
    expect(studies.map(({ path }) => path!.slice(root.length + 1).split("/")[0])).toEqual([
      "CheXpert-v1.0 batch 2 (train 1)",
      "CheXpert-v1.0 batch 3 (train 2)",
      "val",
    ]);
  });

  it("refuses to guess between two copies of the images", async () => {
    const image = "train/patient00001/study1/view1_frontal.jpg";
    const root = miniature("twice", [`CheXpert-v1.0/${image}`, `CheXpert-v1.0-small/${image}`]);
    await expect(cheXpert({ root })).rejects.toThrow(/ambiguous .*give the folder of the images/);
    const { studies } = await cheXpert({ root, images: join(root, "CheXpert-v1.0-small") });
    expect(studies.map(({ path }) => path)).toEqual([join(root, "CheXpert-v1.0-small", image)]);
  });

  it("names rows of the first table whose images are not there, with missingImages error", async () => {
    const root = miniature("absent", ["train/patient00001/study1/view1_frontal.jpg"]);
    const error = await cheXpert({ root, missingImages: "error" }).catch((reason: unknown) => reason);
    if (!isRadiolucentError(error, "table")) throw error;
    expect(error.file).toBe(join(root, "train.csv.gz"));
    expect(error.problems.map(({ row, column, value }) => [row, column, value])).toEqual([
      [3, "Path", "train/patient00002/study1/view1_frontal.jpg"],
    ]);
  });

  it("reads a set alone, and refuses a folder without any of the tables", async () => {
    const root = miniature("alone", []);
    const tables = { valid: join(root, "valid.csv") };
    const { studies, labels } = await cheXpert({ tables, blank: "absent" });
    expect(studies.map(({ split, path }) => [split, path])).toEqual([["valid", undefined]]);
    expect(labels.values.data.every((value) => value === 0)).toBe(true);
    const bare = join(folder, "bare");
    mkdirSync(bare);
    await expect(cheXpert({ root: bare })).rejects.toThrow(
      /^root: .* holds none of train\.csv, valid\.csv, val_labels\.csv, test_labels\.csv; give .* tables\.train/,
    );
    await expect(cheXpert({})).rejects.toThrow(/^root: is absent; give the path of a table as tables\.train/);
  });
});
