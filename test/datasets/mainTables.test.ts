import { describe, expect, it } from "vitest";
import { defineDataset } from "../../src/datasets/defineDataset.js";
import type { TableRow } from "../../src/datasets/tableRecords.js";
import { tableErrorOf } from "./tableErrorOf.js";

const table = { columns: ["image", "patient"], optional: true } as const;
const header = ["image", "patient"];

/** Two tables of studies after a joined one. */
const twoSets = defineDataset({
  name: "Two sets",
  tables: {
    notes: { ...table, files: ["notes.csv"] },
    train: { ...table, files: ["train.csv"], main: true },
    test: { ...table, files: ["test.csv"] },
  },
  idColumns: { image: "image", patient: "patient" },
  read() {
    const study = (row: TableRow) => {
      const imageId = row.text("image");
      if (row.text("patient") === "left") {
        row.drop("has left", imageId);
        return undefined;
      }
      return { study: { imageId, patientId: row.text("patient") }, labels: [1] };
    };
    const note = (row: TableRow) => {
      row.drop("not read", row.text("image"));
      return undefined;
    };
    return { classes: ["Mass"], tables: { notes: note, train: study, test: study } };
  },
});

const tableError = (tables: Parameters<typeof twoSets.fromTables>[0]) =>
  tableErrorOf(() => twoSets.fromTables(tables));

describe("several main tables", () => {
  it("count their records together, apart from those of joined tables", () => {
    const { studies, account } = twoSets.fromTables({
      test: [header, ["c.png", "3"], ["d.png", "left"]],
      notes: [header, ["a.png", "1"]],
      train: [header, ["a.png", "1"], ["b.png", "left"]],
    });
    expect(studies.map(({ imageId }) => imageId)).toEqual(["a.png", "c.png"]);
    expect(account).toEqual({
      rowsRead: 4,
      rowsKept: 2,
      dropped: [{ reason: "has left", count: 2, examples: ["b.png", "d.png"] }],
      changed: [],
      joined: [
        { table: "notes", rowsRead: 1, dropped: [{ reason: "not read", count: 1, examples: ["a.png"] }] },
      ],
    });
  });

  it("may be absent but for one", () => {
    expect(twoSets.fromTables({ train: [header, ["a.png", "1"]] }).account.rowsRead).toBe(1);
    expect(twoSets.fromTables({ test: [header, ["a.png", "1"]] }).account.rowsRead).toBe(1);
    expect(() => twoSets.fromTables({ notes: [header] })).toThrow("tables: has none of train, test");
  });

  it("throw their own faults under their own names", () => {
    const rows = [header, ["a.png", ""]];
    expect(tableError({ train: { file: "train.csv", rows } }).message).toContain(
      'train.csv: row 2, column "patient"',
    );
    expect(tableError({ train: { file: "train.csv", rows }, test: [header, ["b.png", "2"]] }).file).toBe(
      "train.csv",
    );
    expect(tableError({ train: [header], test: { file: "test.csv", rows } }).file).toBe("test.csv");
  });

  it("name the table in which an image stood before", () => {
    const { message } = tableError({
      train: { file: "train.csv", rows: [header, ["a.png", "1"]] },
      test: { file: "test.csv", rows: [header, ["b.png", "1"], ["a.png", "1"]] },
    });
    expect(message).toContain(
      'test.csv: row 3, column "image": "a.png" stands already in row 2 of train.csv',
    );
  });
});
