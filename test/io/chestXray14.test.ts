import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { chestXray14 } from "../../src/io/chestXray14.js";
import { csvDataset } from "../../src/io/csvDataset.js";
import { chestXray14Findings } from "../../src/labels/chestXray14Findings.js";
import type { Study } from "../../src/labels/dataset.js";
import { sharedData } from "../shared-data.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-nih-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of ChestX-ray14 in miniature: names in parts, the 2017 table, one image of the table absent. */
function miniature(name: string, images: readonly string[], table = "Data_Entry_2017.csv"): string {
  const root = join(folder, name);
  mkdirSync(root, { recursive: true });
  const header = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,";
  const rows = [
    "00000001_000.png,Mass,0,1,058Y,",
    "00000001_001.png,Edema|Mass,1,1,414Y,",
    "00000002_000.png,No Finding,0,2,011M,",
  ];
  writeFileSync(join(root, table), [header, ...rows].join("\n"));
  for (const image of images) {
    mkdirSync(join(root, image, ".."), { recursive: true });
    writeFileSync(join(root, image), "");
  }
  return root;
}

async function errorOf(reading: Promise<unknown>): Promise<Error> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("no error was thrown");
}

describe("chestXray14", () => {
  it("finds images in parts and below images, drops records without one and counts them", async () => {
    const root = miniature("parts", ["images_001/images/00000001_000.png", "images_012/00000002_000.png"]);
    const { studies, labels, account } = await chestXray14({ root });
    expect(studies.map(({ path }) => path)).toEqual([
      join(root, "images_001/images/00000001_000.png"),
      join(root, "images_012/00000002_000.png"),
    ]);
    expect(labels.values.shape).toEqual([2, 14]);
    expect(labels.values.get(0, chestXray14Findings.indexOf("Mass"))).toBe(1);
    expect(labels.values.get(1, chestXray14Findings.indexOf("Mass"))).toBe(0);
    expect(account).toEqual({
      rowsRead: 3,
      rowsKept: 2,
      dropped: [{ reason: `no image file in "${root}"`, count: 1, examples: ["00000001_001.png"] }],
      changed: [{ rule: "Patient Age above 120 years read as unknown", count: 1 }],
    });
  });

  it("names rows and images with missingImages error", async () => {
    const root = miniature("absent", ["images/00000002_000.png"]);
    const error = await errorOf(chestXray14({ root, missingImages: "error" }));
    if (!isRadiolucentError(error, "table")) throw error;
    expect(error.problems.map(({ row, column, value }) => [row, column, value])).toEqual([
      [2, "Image Index", "00000001_000.png"],
      [3, "Image Index", "00000001_001.png"],
    ]);
    expect(error.problemCount).toBe(2);
  });

  it("refuses a folder in which it finds not one image", async () => {
    const root = miniature("empty", []);
    const error = await errorOf(chestXray14({ csv: join(root, "Data_Entry_2017.csv"), images: root }));
    if (!isRadiolucentError(error, "argument")) throw error;
    expect(error.argument).toBe("images");
    expect(error.message).toContain("not one of the 3 images");
  });

  it("refuses a folder that is absent or holds no table", async () => {
    const bare = join(folder, "bare");
    mkdirSync(bare);
    expect((await errorOf(chestXray14({ root: bare }))).message).toContain("Data_Entry_2017.csv");
    expect((await errorOf(chestXray14({ root: join(folder, "nowhere") }))).message).toMatch(
      /^root: there is no folder/,
    );
    const csv = join(miniature("table", []), "Data_Entry_2017.csv");
    const error = await errorOf(chestXray14({ csv, images: join(folder, "nowhere") }));
    expect(error.message).toMatch(/^images: there is no folder/);
  });

  it("refuses to guess between two files of one name, and takes the one in the folder that is given", async () => {
    const root = miniature("twice", ["images/00000001_000.png", "small/00000001_000.png"]);
    const error = await errorOf(chestXray14({ root }));
    if (!isRadiolucentError(error, "argument")) throw error;
    expect(error.message).toContain("images/00000001_000.png, small/00000001_000.png");
    const { studies } = await chestXray14({ root, images: join(root, "small") });
    expect(studies.map(({ path }) => path)).toEqual([join(root, "small/00000001_000.png")]);
  });

  it("finds images through links to folders, and ends where links go round", async () => {
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "00000002_000.png"), "");
    const root = miniature("linked", ["images/00000001_000.png"]);
    symlinkSync(elsewhere, join(root, "more"));
    symlinkSync(root, join(root, "images", "back"));
    const { studies } = await chestXray14({ root });
    expect(studies.map(({ path }) => path)).toEqual([
      join(root, "images/00000001_000.png"),
      join(root, "more/00000002_000.png"),
    ]);
  });

  it("takes the 2020 table before the 2017 one", async () => {
    const root = miniature("both", ["00000001_000.png"]);
    writeFileSync(
      join(root, "Data_Entry_2017_v2020.csv"),
      "Image Index,Finding Labels,Patient ID\n00000001_000.png,Hernia,1\n",
    );
    const { studies, labels } = await chestXray14({ root });
    expect(studies).toHaveLength(1);
    expect(labels.values.get(0, chestXray14Findings.indexOf("Hernia"))).toBe(1);
  });

  it("ends with the signal's reason", async () => {
    const reason = new Error("stopped");
    const root = miniature("signal", []);
    await expect(chestXray14({ root, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("csvDataset", () => {
  const columns = { imageColumn: "file", patientColumn: "patient", classes: ["Mass"] } as const;

  it("takes the image column as a path below images", async () => {
    const root = join(folder, "paths");
    mkdirSync(join(root, "a/b"), { recursive: true });
    writeFileSync(join(root, "a/b/1.png"), "");
    const csv = join(root, "t.csv");
    writeFileSync(csv, "file,patient,Mass\na/b/1.png,p,1\na/2.png,p,0\n");
    const { studies, account, name } = await csvDataset({ csv, images: root, ...columns });
    expect(name).toBe("t");
    expect(studies).toEqual([
      { imageId: "a/b/1.png", patientId: "p", fields: {}, path: join(root, "a/b/1.png") },
    ]);
    expect(account.dropped).toEqual([
      { reason: `no image file in "${root}"`, count: 1, examples: ["a/2.png"] },
    ]);
    const elsewhere = errorOf(csvDataset({ csv, images: join(root, "a"), ...columns }));
    expect((await elsewhere).message).toMatch(/^images: not one of the 2 images/);
  });
});

describe.skipIf(sharedData === undefined)(`the NIH tables and images${missing}`, () => {
  it("reads all 112,120 records with the counts of the set's description", async () => {
    const { studies, labels, account } = await chestXray14({
      csv: join(sharedData!, "nih-metadata/Data_Entry_2017_v2020.csv.gz"),
    });
    expect(account).toEqual({ rowsRead: 112_120, rowsKept: 112_120, dropped: [], changed: [] });
    expect(studies).toHaveLength(112_120);
    expect(new Set(studies.map(({ patientId }) => patientId)).size).toBe(30_805);
    expect(studies.filter(({ view }) => view === "PA")).toHaveLength(67_310);
    expect(studies.filter(({ view }) => view === "AP")).toHaveLength(44_810);
    const ages = studies.map(({ ageYears }) => ageYears!);
    const youngest = ages.reduce((a, b) => Math.min(a, b));
    const oldest = ages.reduce((a, b) => Math.max(a, b));
    expect([youngest, oldest]).toEqual([0, 95]);
    let without = 0;
    let several = 0;
    const values = labels.values.data;
    for (let row = 0; row < values.length; row += 14) {
      const findings = values.subarray(row, row + 14).reduce((sum, value) => sum + value, 0);
      if (findings === 0) without++;
      if (findings > 1) several++;
    }
    expect(without).toBe(60_361);
    expect(several).toBe(20_796);
  });

  it("joins the real boxes, Google's labels and the official lists, and finds them all among the entries", async () => {
    const table = (name: string) => join(sharedData!, "nih-metadata", `${name}.gz`);
    const { studies, labelSets, account } = await chestXray14({
      tables: {
        entries: table("Data_Entry_2017_v2020.csv"),
        boxes: table("BBox_List_2017.csv"),
        google2019Test: table("google2019_nih-chest-xray-labels.csv"),
        trainList: table("train_list.txt"),
        validationList: table("val_list.txt"),
        testList: table("test_list.txt"),
      },
    });
    expect(account.joined?.map(({ rowsRead, dropped }) => [rowsRead, dropped])).toEqual(
      [984, 4376, 78_468, 11_219, 22_433].map((rows) => [rows, []]),
    );
    expect(account.changed).toEqual([
      { rule: '"Infiltrate" of the boxes read as "Infiltration"', count: 123 },
    ]);
    const marked = studies.filter(({ boxes }) => boxes !== undefined);
    expect(marked).toHaveLength(880);
    expect(marked.flatMap(({ boxes }) => boxes!)).toHaveLength(984);
    const google = labelSets!.google2019!.values;
    const known = studies.flatMap((study, i) => (Number.isNaN(google.get(i, 0)) ? [] : [study]));
    expect(known).toHaveLength(4376);
    expect(new Set(known.map(({ patientId }) => patientId)).size).toBe(1695);
    const patients = (split: string) =>
      new Set(studies.flatMap((study) => (study.split === split ? [study.patientId] : []))).size;
    expect([patients("train"), patients("validation"), patients("test")]).toEqual([21_528, 3090, 6187]);
  });

  it.each(["nih-256", "nih-64", "nih-1024"])(
    "%s: both of its tables give the same studies and labels",
    async (name) => {
      const root = join(sharedData!, name);
      const entries = await chestXray14({ root, missingImages: "error" });
      const table = await csvDataset({
        csv: join(root, "labels.csv"),
        images: join(root, "images"),
        imageColumn: "Image",
        patientColumn: "PatientId",
        classes: chestXray14Findings,
        missingImages: "error",
      });
      expect(entries.studies.length).toBe({ "nih-256": 621, "nih-64": 1000, "nih-1024": 40 }[name]);
      expect(table.labels).toEqual(entries.labels);
      const identity = ({ imageId, patientId, path }: Study) => [imageId, patientId, path];
      expect(table.studies.map(identity)).toEqual(entries.studies.map(identity));
    },
  );

  it("nih-64: keeps the split column", async () => {
    const root = join(sharedData!, "nih-64");
    const { studies } = await csvDataset({
      csv: join(root, "labels.csv"),
      imageColumn: "Image",
      patientColumn: "PatientId",
      classes: chestXray14Findings,
      keep: ["Split"],
    });
    const count = (split: string) => studies.filter(({ fields }) => fields.Split === split).length;
    expect([count("train"), count("valid"), count("test")]).toEqual([600, 200, 200]);
  });
});
