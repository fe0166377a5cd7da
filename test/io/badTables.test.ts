import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { chestXray14 } from "../../src/io/chestXray14.js";
import { csvDataset } from "../../src/io/csvDataset.js";
import { readCsv } from "../../src/io/readCsv.js";
import { chestXray14Findings } from "../../src/labels/chestXray14Findings.js";
import { sharedData } from "../shared-data.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";

describe.skipIf(sharedData === undefined)(`broken and awkward tables${missing}`, () => {
  const bad = (name: string) => join(sharedData!, "bad", name);
  const columns = { imageColumn: "Image", patientColumn: "PatientId", classes: chestXray14Findings } as const;

  async function problemsOf(reading: Promise<unknown>, file: string) {
    const error = await reading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!isRadiolucentError(error, "table")) throw error ?? new Error("no error was thrown");
    expect(error.file).toBe(bad(file));
    expect(error.message).toContain(file);
    return error.problems.map(({ row, column, value }) => ({ row, column, value }));
  }

  it.each([
    ["labels-missing-column.csv", [{ row: 1, column: "Hernia" }]],
    [
      "labels-duplicate-header.csv",
      [
        { row: 1, column: "Edema" },
        { row: 1, column: "Effusion" },
      ],
    ],
    ["labels-ragged-row.csv", [{ row: 5 }, { row: 9 }]],
    [
      "labels-non-numeric.csv",
      [
        { row: 6, column: "Mass", value: "yes" },
        { row: 8, column: "Edema", value: "" },
        { row: 10, column: "Nodule", value: "2" },
      ],
    ],
    ["labels-empty-patient.csv", [{ row: 7, column: "PatientId", value: "" }]],
  ])("%s: an error that names rows and columns", async (file, expected) => {
    expect(await problemsOf(csvDataset({ csv: bad(file), ...columns }), file)).toEqual(expected);
  });

  it("entry-unknown-finding.csv: an error that names rows and words", async () => {
    const file = "entry-unknown-finding.csv";
    expect(await problemsOf(chestXray14({ csv: bad(file) }), file)).toEqual([
      { row: 4, column: "Finding Labels", value: "Infiltrate" },
      { row: 8, column: "Finding Labels", value: "Pneumothorx" },
    ]);
  });

  it("entry-crlf-bom.csv reads as its plain twin", async () => {
    const plain = await chestXray14({ csv: bad("entry-plain.csv") });
    const twin = await chestXray14({ csv: bad("entry-crlf-bom.csv") });
    expect(plain.studies.length).toBeGreaterThan(5);
    expect(twin).toEqual(plain);
  });

  it("quoted-commas.csv: 6 records of 4 fields", async () => {
    const { studies } = await csvDataset({
      csv: bad("quoted-commas.csv"),
      imageColumn: "image",
      patientColumn: "patient",
      classes: [],
      keep: ["view", "note"],
    });
    expect(studies.map(({ fields }) => fields.note)).toEqual([
      "no change",
      "left base, right apex",
      '"hazy" opacity, left',
      "line one\nline two",
      "",
      'x,"y",z\nlast',
    ]);
  });

  it.each([
    ["covid/metadata.csv", 41, 29],
    ["open-i/nlmcxr_dicom_metadata.csv.gz", 7470, 176],
  ])("%s: %d records of %d fields, the header included", async (path, records, width) => {
    const file = join(sharedData!, path);
    const widths = new Map<number, number>();
    await readCsv(file, ({ length }) => widths.set(length, (widths.get(length) ?? 0) + 1));
    expect([...widths]).toEqual([[width, records]]);
  });
});
