import { describe, expect, it } from "vitest";
import { datasetBuilder } from "../../src/datasets/datasetBuilder.js";
import { type DatasetDefinition, defineDataset } from "../../src/datasets/defineDataset.js";
import type { Study } from "../../src/labels/dataset.js";
import { tableErrorOf } from "./tableErrorOf.js";

const films: DatasetDefinition = {
  name: "Films",
  tables: {
    notes: { files: ["notes.csv"], columns: ["file", "second"], optional: true },
    films: { files: ["films.csv"], columns: ["file", "patient", "effusion"] },
  },
  idColumns: { image: "file", patient: "patient" },
  read: () => {
    const second = new Map<string, number>();
    return {
      classes: ["Effusion"],
      labelSets: { second: ["Effusion"] },
      tables: {
        notes(row) {
          second.set(row.text("file"), Number(row.text("second")));
          return undefined;
        },
        films(row) {
          const text = row.text("effusion");
          if (text === "blurred") {
            row.drop("blurred", row.text("file"));
            return undefined;
          }
          if (!["0", "1", "?", ""].includes(text)) row.fault("effusion", "expected 0, 1, ? or nothing");
          if (text === "") row.change("nothing read as unknown");
          const imageId = row.text("file");
          const other = second.get(imageId);
          return {
            study: { imageId, patientId: row.text("patient") },
            labels: [text === "0" || text === "1" ? Number(text) : Number.NaN],
            ...(text === "?" && { uncertain: [1] }),
            ...(other !== undefined && { labelSets: { second: [other] } }),
          };
        },
      },
    };
  },
};

const header = ["file", "patient", "effusion"];
const rows = [
  header,
  ["a.png", "1", "1"],
  ["b.png", "1", "blurred"],
  ["c.png", "2", "?"],
  ["d.png", "3", ""],
  ["e.png", "3", "0"],
];

describe("defineDataset", () => {
  it("counts what was dropped and changed, and keeps uncertain, unknown and absent apart", () => {
    const { studies, labels, uncertain, account } = defineDataset(films).fromTables({ films: rows });
    expect(studies.map(({ imageId }) => imageId)).toEqual(["a.png", "c.png", "d.png", "e.png"]);
    expect(Array.from(labels.values.data)).toEqual([1, Number.NaN, Number.NaN, 0]);
    expect(Array.from(uncertain!.values.data)).toEqual([0, 1, 0, 0]);
    expect(account).toEqual({
      rowsRead: 5,
      rowsKept: 4,
      dropped: [{ reason: "blurred", count: 1, examples: ["b.png"] }],
      changed: [{ rule: "nothing read as unknown", count: 1 }],
    });
  });

  it("has no field for what no record tells of: uncertain labels", () => {
    expect("uncertain" in defineDataset(films).fromTables({ films: [header, rows[1]!] })).toBe(false);
  });

  it("fills a label set with NaN before, between and after the studies that it covers", () => {
    const { labelSets } = defineDataset(films).fromTables({
      notes: [
        ["file", "second"],
        ["c.png", "0"],
      ],
      films: rows,
    });
    expect(Array.from(labelSets!.second!.values.data)).toEqual([Number.NaN, 0, Number.NaN, Number.NaN]);
  });

  it("may be read again: one reading leaves nothing to the next", () => {
    const defined = defineDataset(films);
    const first = defined.fromTables({ films: rows });
    expect(defined.fromTables({ films: rows })).toEqual(first);
  });

  it("names the file, the row and the column of a fault, and gives no dataset", () => {
    const error = tableErrorOf(() =>
      defineDataset(films).fromTables({
        films: { file: "films.csv", rows: [header, [], ["a.png", "1", "yes"], ["a.png", "", "1"]] },
      }),
    );
    expect(error.file).toBe("films.csv");
    expect(error.problems.map(({ row, column, value }) => [row, column, value])).toEqual([
      [3, "effusion", "yes"],
      [4, "file", "a.png"],
      [4, "patient", ""],
    ]);
  });

  it("refuses a reader without a function for a table, and a function without a table", () => {
    const { tables, ...rest } = films;
    const more = { ...tables, masks: { files: [], columns: [] } };
    expect(() => defineDataset({ ...rest, tables: more })).toThrow('no function for the table "masks"');
    expect(() => defineDataset({ ...rest, tables: { films: tables.films! } })).toThrow(
      'a function for "notes", which is no table',
    );
  });

  it("refuses labels of another width or value: the definition's own fault", () => {
    const wrong = (labels: readonly number[]) =>
      defineDataset<Study>({
        ...films,
        tables: { films: films.tables.films! },
        read: () => ({
          classes: ["Effusion"],
          tables: { films: (row) => ({ study: { imageId: row.text("file"), patientId: "1" }, labels }) },
        }),
      });
    expect(() => wrong([1, 0]).fromTables({ films: rows })).toThrow("row 0 has 2 values for 1 classes");
    expect(() => wrong([-1]).fromTables({ films: rows })).toThrow('row 0, class "Effusion" is -1');
  });

  it("refuses to lose a record without a word, or to tell of more than there are", () => {
    const reading = (records: number) =>
      defineDataset<Study>({
        ...films,
        tables: { films: films.tables.films! },
        read: () => ({
          classes: [],
          tables: {
            films(row) {
              if (row.text("effusion") === "blurred") return;
              return { study: { imageId: row.text("file"), patientId: "1" }, labels: [], records };
            },
          },
        }),
      }).fromTables({ films: rows });
    expect(() => reading(1)).toThrow(
      "definition.read: Films says nothing of 1 of 5 records; return a study for each",
    );
    expect(() => reading(2)).toThrow("definition.read: Films tells of 8 records and there are 5");
  });

  it("refuses to read a column that it does not name: a misspelt one would be empty throughout", () => {
    const misspelt = (shape: object) =>
      defineDataset<Study>({
        ...films,
        tables: { films: { ...films.tables.films!, ...shape } },
        read: () => ({
          classes: ["Effusion"],
          tables: {
            films: (row) => ({
              study: { imageId: row.text("file"), patientId: row.text("patient") },
              labels: [row.text("efusion") === "1" ? 1 : 0],
            }),
          },
        }),
      });
    expect(() => misspelt({}).fromTables({ films: [header, rows[1]!] })).toThrow(
      /^column: "efusion" is read from films and is neither there nor/,
    );
    const optional = misspelt({ optionalColumns: ["efusion"] }).fromTables({ films: [header, rows[1]!] });
    expect(Array.from(optional.labels.values.data)).toEqual([0]);
  });

  it("throws for two files of one id in a dataset without tables", () => {
    const builder = datasetBuilder({
      name: "Folder",
      tables: {},
      idColumns: { image: "file", patient: "patient" },
      read: () => ({
        classes: [],
        tables: {},
        files: (paths) => paths.map(() => ({ study: { imageId: "a.png", patientId: "1" }, labels: [] })),
      }),
    });
    expect(() => builder.files(["x/a.png", "y/a.png"])).toThrow(/^root: Folder: file "a.png" stands already/);
  });
});
