import { describe, expect, expectTypeOf, it } from "vitest";
import { csvDatasetFromRows } from "../../src/datasets/csvDataset.js";
import { isRadiolucentError } from "../../src/errors.js";

const columns = { imageColumn: "Image", patientColumn: "PatientId", classes: ["Mass", "Edema"] } as const;
const header = ["Image", "Edema", "Mass", "PatientId", "Split"];

function problemsOf(read: () => unknown) {
  try {
    read();
  } catch (error) {
    if (isRadiolucentError(error, "table")) return error.problems;
    throw error;
  }
  throw new Error("no error was thrown");
}

describe("csvDatasetFromRows", () => {
  it("gives the labels in the order of classes, whatever the order of columns", () => {
    const { labels, studies, name } = csvDatasetFromRows(
      [header, ["a.png", "0", "1", "7", "train"], ["b.png", "1.0", "0.0", "8", "test"]],
      { ...columns, file: "folder/labels.csv.gz" },
    );
    expect(name).toBe("labels");
    expect(labels.classes).toEqual(["Mass", "Edema"]);
    expect(Array.from(labels.values.data)).toEqual([1, 0, 0, 1]);
    expect(studies).toEqual([
      { imageId: "a.png", patientId: "7", fields: {} },
      { imageId: "b.png", patientId: "8", fields: {} },
    ]);
  });

  it("keeps the columns asked for, under their names in the type too", () => {
    const { studies } = csvDatasetFromRows([header, ["a.png", "0", "1", "7", "train"]], {
      ...columns,
      keep: ["Split"],
    });
    expect(studies[0]!.fields.Split).toBe("train");
    expectTypeOf(studies[0]!.fields).toEqualTypeOf<Readonly<Record<"Split", string>>>();
  });

  it.each(["", " ", "yes", "2", "-1", "0.5", "1e0", "NaN", "01"])("refuses the label %j", (text) => {
    const problems = problemsOf(() => csvDatasetFromRows([header, ["a.png", "0", text, "7", ""]], columns));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ row: 2, column: "Mass", value: text.trim() });
    expect(problems[0]!.message).toContain("expected 0 or 1");
  });

  it("reads the texts of values as told and counts what says something else", () => {
    const rows = [
      header,
      ["a.png", "-1", "", "7", ""],
      ["b.png", "1", "-1", "7", ""],
      ["c.png", "0", "yes", "8", ""],
    ];
    const { labels, account } = csvDatasetFromRows(rows, {
      ...columns,
      values: { "-1": Number.NaN, "": Number.NaN, yes: 1, "1": 1 },
    });
    expect(Array.from(labels.values.data)).toEqual([Number.NaN, Number.NaN, Number.NaN, 1, 1, 0]);
    expect(account.changed).toEqual([
      { rule: '"" read as unknown', count: 1 },
      { rule: '"-1" read as unknown', count: 2 },
      { rule: '"yes" read as 1', count: 1 },
    ]);
  });

  it("refuses a value that is no label and a class that stands twice", () => {
    expect(() => csvDatasetFromRows([header], { ...columns, values: { "-1": -1 } })).toThrow(
      'options.values["-1"]: is -1; expected 1, 0 or NaN',
    );
    expect(() => csvDatasetFromRows([header], { ...columns, classes: ["Mass", "Mass"] })).toThrow(
      '"Mass" stands twice',
    );
  });

  it("collects faults of several rows and kinds", () => {
    const problems = problemsOf(() =>
      csvDatasetFromRows(
        [
          header,
          ["a.png", "0", "1", "", ""],
          ["b.png", "0", "1", "7"],
          ["c.png", "0", "x", "7", ""],
          ["d.png"],
        ],
        columns,
      ),
    );
    expect(problems.map(({ row, column }) => [row, column])).toEqual([
      [2, "PatientId"],
      [3, undefined],
      [4, "Mass"],
      [5, undefined],
    ]);
    expect(problems[1]!.message).toBe("has 4 fields where the header has 5");
  });

  it("needs the columns that are kept", () => {
    const problems = problemsOf(() => csvDatasetFromRows([header], { ...columns, keep: ["split"] }));
    expect(problems[0]).toMatchObject({ row: 1, column: "split" });
    expect(problems[0]!.message).toContain('is it "Split"?');
  });
});
