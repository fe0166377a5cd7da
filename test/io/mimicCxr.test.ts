import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { checkDataset } from "../../src/io/checkDataset.js";
import { mimicCxr } from "../../src/io/mimicCxr.js";
import { cheXpertFindings } from "../../src/labels/cheXpertFindings.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-mimic-"));
afterAll(() => rmSync(folder, { recursive: true }));

const images = ["aaaa", "bbbb", "cccc"];

/** MIMIC-CXR-JPG in miniature: two examinations of one patient, both label tables, as packed as they are published. */
function miniature(name: string, files: readonly string[]): string {
  const root = join(folder, name);
  mkdirSync(root);
  const write = (table: string, lines: readonly string[]) =>
    writeFileSync(join(root, `mimic-cxr-2.0.0-${table}.csv.gz`), gzipSync(`${lines.join("\n")}\n`));
  const labels = (value: string) => [
    ["subject_id", "study_id", ...cheXpertFindings, "No Finding"].join(),
    ["10000032", "50414267", ...cheXpertFindings.map(() => value), ""].join(),
  ];
  write("metadata", [
    "dicom_id,subject_id,study_id,ViewPosition",
    `${images[0]},10000032,50414267,PA`,
    `${images[1]},10000032,50414267,`,
    `${images[2]},10000032,53189527,AP`,
  ]);
  write("chexpert", labels("1.0"));
  write("negbio", labels("-1.0"));
  write("split", ["dicom_id,study_id,subject_id,split", `${images[0]},50414267,10000032,train`]);
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  return root;
}

const patient = "files/p10/p10000032";

describe("mimicCxr", () => {
  it("finds JPEG and DICOM files in the folders of patient and examination, and counts what is not there", async () => {
    const root = miniature("whole", [`${patient}/s50414267/aaaa.jpg`, `${patient}/s53189527/cccc.dcm`]);
    const { studies, labels, account } = await mimicCxr({ root });
    expect(studies.map(({ path, view, split }) => [path, view, split])).toEqual([
      [join(root, patient, "s50414267/aaaa.jpg"), "PA", "train"],
      [join(root, patient, "s53189527/cccc.dcm"), "AP", undefined],
    ]);
    expect(labels.values.get(0, 0)).toBe(1);
    expect(labels.values.get(1, 0)).toBe(Number.NaN);
    expect(account).toMatchObject({
      rowsRead: 3,
      rowsKept: 2,
      dropped: [{ reason: `no image file in "${root}"`, count: 1, examples: ["bbbb"] }],
      changed: [{ rule: "no record of labels for the examination: read as unknown", count: 1 }],
    });
    expect(account.joined!.map(({ table }) => table)).toEqual([
      join(root, "mimic-cxr-2.0.0-chexpert.csv.gz"),
      join(root, "mimic-cxr-2.0.0-split.csv.gz"),
    ]);
    await checkDataset(() => mimicCxr({ root }), { images: 0 });
  });

  it("takes the labels of NegBio when told to", async () => {
    const root = miniature(
      "negbio",
      images.map((name) => `flat/${name}.png`),
    );
    const { studies, labels, uncertain } = await mimicCxr({ root, labels: "negbio" });
    expect(studies.map(({ path }) => path)).toEqual(images.map((name) => join(root, `flat/${name}.png`)));
    expect(labels.values.get(0, 0)).toBe(Number.NaN);
    expect(uncertain!.values.get(0, 0)).toBe(1);
  });

  it("takes the JPEG before the DICOM file of one image", async () => {
    const both = ["jpg", "dcm"].map((type) => `${patient}/s50414267/aaaa.${type}`);
    const { studies } = await mimicCxr({ root: miniature("both", both) });
    expect(studies.map(({ path }) => path!.slice(-8))).toEqual(["aaaa.jpg"]);
  });

  it("refuses a folder without the labels that are asked for", async () => {
    const root = miniature("unlabelled", []);
    rmSync(join(root, "mimic-cxr-2.0.0-negbio.csv.gz"));
    await expect(mimicCxr({ root, labels: "negbio" })).rejects.toThrow(
      /holds none of mimic-cxr-2\.0\.0-negbio\.csv/,
    );
  });
});
