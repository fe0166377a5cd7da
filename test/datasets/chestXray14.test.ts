import { describe, expect, it } from "vitest";
import { chestXray14Definition, chestXray14FromRows } from "../../src/datasets/chestXray14.js";
import { chestXray14Findings } from "../../src/labels/chestXray14Findings.js";
import { withLabelSet } from "../../src/labels/selectStudies.js";
import { tableErrorOf } from "./tableErrorOf.js";

const published =
  "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]";
const header = published.split(",");

function row(changes: Readonly<Record<string, string>> = {}): string[] {
  const usual: Record<string, string> = {
    "Image Index": "00000001_000.png",
    "Finding Labels": "No Finding",
    "Follow-up #": "0",
    "Patient ID": "1",
    "Patient Age": "58",
    "Patient Gender": "M",
    "View Position": "PA",
    "OriginalImage[Width": "2682",
    "Height]": "2749",
    "OriginalImagePixelSpacing[x": "0.143",
    "y]": "0.168",
  };
  return header.map((name) => changes[name] ?? usual[name]!);
}

const labelsOf = (findings: string) => {
  const { labels } = chestXray14FromRows([header, row({ "Finding Labels": findings })]);
  return chestXray14Findings.filter((_, c) => labels.values.get(0, c) === 1);
};

describe("chestXray14FromRows", () => {
  it("reads every column of the published header, whose brackets hold commas", () => {
    expect(header).toHaveLength(11);
    const { studies, account, name } = chestXray14FromRows([header, row({ "Follow-up #": "7" })]);
    expect(name).toBe("ChestX-ray14");
    expect(studies).toEqual([
      {
        imageId: "00000001_000.png",
        patientId: "1",
        followUp: 7,
        studyId: "1/7",
        view: "PA",
        ageYears: 58,
        sex: "M",
        originalSize: [2749, 2682],
        pixelSpacingMm: [0.168, 0.143],
      },
    ]);
    expect(account).toEqual({ rowsRead: 1, rowsKept: 1, dropped: [], changed: [] });
  });

  it("gives two patients' first examinations different study ids", () => {
    const { studies } = chestXray14FromRows([
      header,
      row(),
      row({ "Image Index": "00000002_000.png", "Patient ID": "2" }),
    ]);
    expect(studies.map(({ studyId }) => studyId)).toEqual(["1/0", "2/0"]);
  });

  it("splits findings at | and matches whole names, in the alphabetical order of the classes", () => {
    expect(labelsOf("Mass|Edema")).toEqual(["Edema", "Mass"]);
    expect(labelsOf("Pleural_Thickening | Pneumothorax")).toEqual(["Pleural_Thickening", "Pneumothorax"]);
    expect(labelsOf("Pneumonia")).toEqual(["Pneumonia"]);
  });

  it("reads No Finding as all zeros, none of them unknown", () => {
    const { labels } = chestXray14FromRows([header, row()]);
    expect(Array.from(labels.values.data)).toEqual(new Array(14).fill(0));
  });

  it.each([
    ["No Finding|Mass", "No Finding"],
    ["Mass|No Finding", "No Finding"],
    ["Infiltrate", 'is it "Infiltration"?'],
    ["Pneumothorx", 'is it "Pneumothorax"?'],
    ["Pleural Thickening", 'is it "Pleural_Thickening"?'],
    ["no finding", 'is it "No Finding"?'],
    ["Mas", 'is it "Mass"?'],
    ["Mass|", '"" is not one of the 14 findings'],
    ["", '"" is not one of the 14 findings'],
    ["Fracture", '"Fracture" is not one of the 14 findings'],
  ])("refuses the findings %j, saying %j", (findings, says) => {
    const error = tableErrorOf(() =>
      chestXray14FromRows([header, row({ "Finding Labels": findings })], { file: "entries.csv" }),
    );
    expect(error.message).toContain('entries.csv: row 2, column "Finding Labels"');
    expect(error.message).toContain(says);
    expect(error.problems).toHaveLength(1);
  });

  it("suggests no name where none is near", () => {
    const error = tableErrorOf(() => chestXray14FromRows([header, row({ "Finding Labels": "Fracture" })]));
    expect(error.message).not.toContain("is it");
    expect(error.problems[0]).toMatchObject({ row: 2, column: "Finding Labels", value: "Fracture" });
  });

  it.each([
    ["058Y", 58],
    ["58", 58],
    ["011M", 11 / 12],
    ["006W", 42 / 365.25],
    ["003D", 3 / 365.25],
    ["0", 0],
    ["120", 120],
  ])("reads the age %s as %d years", (text, years) => {
    const { studies, account } = chestXray14FromRows([header, row({ "Patient Age": text })]);
    expect(studies[0]!.ageYears).toBeCloseTo(years, 12);
    expect(account.changed).toEqual([]);
  });

  it("reads an age above 120 years as unknown and counts it", () => {
    const ages = ["414Y", "121", "120Y", "1500M"];
    const { studies, account } = chestXray14FromRows([
      header,
      ...ages.map((age, i) => row({ "Patient Age": age, "Image Index": `${i}.png` })),
    ]);
    expect(studies.map(({ ageYears }) => ageYears)).toEqual([undefined, undefined, 120, undefined]);
    expect("ageYears" in studies[0]!).toBe(false);
    expect(account.changed).toEqual([{ rule: "Patient Age above 120 years read as unknown", count: 3 }]);
  });

  it("leaves out what is blank, and refuses what is no age, whole number or size", () => {
    const blank = row({
      "Patient Age": "",
      "Patient Gender": " ",
      "View Position": "",
      "y]": "",
      "Follow-up #": "",
    });
    const { studies } = chestXray14FromRows([header, blank]);
    expect(studies[0]).toEqual({ imageId: "00000001_000.png", patientId: "1", originalSize: [2749, 2682] });
    for (const [column, text] of [
      ["Patient Age", "old"],
      ["Patient Age", "-3"],
      ["Follow-up #", "1.5"],
      ["Height]", "0"],
      ["y]", "wide"],
    ] as const) {
      const error = tableErrorOf(() => chestXray14FromRows([header, row({ [column]: text })]));
      expect(error.problems[0]).toMatchObject({ row: 2, column, value: text });
    }
  });

  it("lets the 2017 edition's unnamed last column through, with or without its comma, while it is empty", () => {
    const edition = [...header, ""];
    const { studies } = chestXray14FromRows([
      edition,
      [...row(), ""],
      row({ "Image Index": "00000001_001.png" }),
    ]);
    expect(studies).toHaveLength(2);
    const error = tableErrorOf(() => chestXray14FromRows([edition, [...row(), "x"]]));
    expect(error.problems[0]).toMatchObject({ row: 2, value: "x" });
  });

  it("needs only the image, the findings and the patient; other columns are read where they are", () => {
    const { studies } = chestXray14FromRows([
      ["Patient ID", "Finding Labels", "Image Index", "Patient Age"],
      ["7", "Hernia", "a.png", "011M"],
    ]);
    expect(studies).toEqual([{ imageId: "a.png", patientId: "7", ageYears: 11 / 12 }]);
  });

  it("lists every fault of the header at once, with the nearest name", () => {
    const error = tableErrorOf(() =>
      chestXray14FromRows([["Image Index", "Image Index", "Finding Label", "x"]], { file: "a.csv" }),
    );
    expect(error.problems).toEqual([
      { row: 1, column: "Image Index", message: "stands twice in the header" },
      { row: 1, column: "Patient ID", message: "is absent from the header" },
      {
        row: 1,
        column: "Finding Labels",
        message: 'is absent from the header; is it "Finding Label"?',
      },
    ]);
    expect(error.message).toContain("Image Index, Finding Label, x");
  });

  it("names the line on which a record starts, counting line breaks inside fields and blank lines", () => {
    const error = tableErrorOf(() =>
      chestXray14FromRows([
        [...header, "note"],
        [...row(), "two\r\nlines and\na third"],
        [],
        [""],
        [...row({ "Image Index": "b.png", "Patient ID": "" }), ""],
      ]),
    );
    expect(error.problems).toEqual([
      { row: 7, column: "Patient ID", value: "", message: "is empty; expected the patient's id" },
    ]);
  });

  it("refuses an image that stands twice and one without a name", () => {
    const error = tableErrorOf(() =>
      chestXray14FromRows([header, row(), row(), row({ "Image Index": " " })]),
    );
    expect(error.problems.map((problem) => problem.row)).toEqual([3, 4]);
    expect(error.problems[0]!.message).toContain("already in row 2");
  });

  it("keeps the first twenty faults and counts them all", () => {
    const rows = Array.from({ length: 30 }, (_, i) => row({ "Image Index": `${i}.png`, "Patient ID": "" }));
    const error = tableErrorOf(() => chestXray14FromRows([header, ...rows]));
    expect(error.problems).toHaveLength(20);
    expect(error.problemCount).toBe(30);
    expect(error.message).toContain("(and 25 more)");
  });

  it("gives no studies for a header alone, and an error for no header", () => {
    const { studies, labels } = chestXray14FromRows([header]);
    expect(studies).toEqual([]);
    expect(labels.values.shape).toEqual([0, 14]);
    expect(tableErrorOf(() => chestXray14FromRows([], { file: "nothing.csv" })).message).toContain(
      "nothing.csv: row 1",
    );
  });
});

describe("chestXray14Definition", () => {
  const entries = [
    header,
    row(),
    row({ "Image Index": "00000002_000.png", "Patient ID": "2" }),
    row({ "Image Index": "00000003_000.png", "Patient ID": "3" }),
  ];
  const boxHeader = "Image Index,Finding Label,Bbox [x,y,w,h],,,".split(",");
  const google = ["Image Index", "Fracture", "Pneumothorax", "Airspace opacity", "Nodule or mass", "Set Id"];

  it("keeps several boxes of an image, on the 1024 x 1024 film, and none where nobody drew", () => {
    const { studies, account } = chestXray14Definition().fromTables({
      entries,
      boxes: [
        boxHeader,
        ["00000001_000.png", "Mass", "1.5", "2.5", "30", "40"],
        ["00000001_000.png", "Infiltrate", "0", "0", "10", "20"],
        ["99999999_000.png", "Mass", "0", "0", "10", "20"],
      ],
    });
    expect(studies[0]!.boxes).toEqual([
      { finding: "Mass", x: 1.5, y: 2.5, width: 30, height: 40 },
      { finding: "Infiltration", x: 0, y: 0, width: 10, height: 20 },
    ]);
    expect(studies[0]!.boxSize).toEqual([1024, 1024]);
    expect("boxes" in studies[1]!).toBe(false);
    expect(account.changed).toEqual([{ rule: '"Infiltrate" of the boxes read as "Infiltration"', count: 1 }]);
    expect(account.joined).toEqual([
      {
        table: "boxes",
        rowsRead: 3,
        dropped: [{ reason: "its image is not among the entries", count: 1, examples: ["99999999_000.png"] }],
      },
    ]);
  });

  it.each([
    [["a.png", "Hernya", "1", "2", "3", "4"], "Finding Label"],
    [["a.png", "Mass", "x", "2", "3", "4"], "Bbox [x"],
    [["a.png", "Mass", "1", "", "3", "4"], "y"],
    [["a.png", "Mass", "1", "2", "0", "4"], "w"],
    [["a.png", "Mass", "1", "2", "3", "-4"], "h]"],
    [["a.png", "Mass", "-1", "2", "3", "4"], "Bbox [x"],
  ])("refuses the box %j in column %s", (fields, column) => {
    const error = tableErrorOf(() =>
      chestXray14Definition().fromTables({
        entries,
        boxes: { file: "BBox_List_2017.csv", rows: [boxHeader, fields] },
      }),
    );
    expect(error.file).toBe("BBox_List_2017.csv");
    expect(error.problems.map((problem) => [problem.row, problem.column])).toEqual([[2, column]]);
  });

  it("takes Google's labels as a second set, unknown where Google did not look", () => {
    const dataset = chestXray14Definition().fromTables({
      entries,
      google2019Test: [google, ["00000002_000.png", "NO", "YES", "NO", "YES", "test"]],
      google2019Validation: [google, ["00000003_000.png", "YES", "NO", "NO", "NO", "val"]],
    });
    expect(dataset.labels.values.get(1, 0)).toBe(0);
    const expert = withLabelSet(dataset, "google2019", { keepAs: "nlp" });
    expect(expert.labels.classes).toEqual(["Fracture", "Pneumothorax", "Airspace opacity", "Nodule or mass"]);
    const unknown = Number.NaN;
    expect(Array.from(expert.labels.values.data)).toEqual(
      [unknown, unknown, unknown, unknown].concat([0, 1, 0, 1], [1, 0, 0, 0]),
    );
    expect(expert.labelSets?.nlp).toEqual(dataset.labels);
  });

  it("refuses an answer of Google's that is neither YES nor NO, and an image that stands twice", () => {
    const rows = [
      google,
      ["00000002_000.png", "NO", "yes", "NO", "", "test"],
      ["00000002_000.png", "NO", "NO", "NO", "NO", "test"],
    ];
    const error = tableErrorOf(() => chestXray14Definition().fromTables({ entries, google2019Test: rows }));
    expect(error.problems.map((problem) => [problem.row, problem.column])).toEqual([
      [2, "Pneumothorax"],
      [2, "Nodule or mass"],
      [3, "Image Index"],
    ]);
  });

  it("takes the split from lists of names, whatever follows a name, and refuses a name in two lists", () => {
    const { studies, account } = chestXray14Definition().fromTables({
      entries,
      trainValidationList: [["00000001_000.png"], ["00000002_000.png 0 1 0"], []],
      testList: [["  00000003_000.png"], ["99999999_000.png"]],
    });
    expect(studies.map(({ split }) => split)).toEqual(["train_val", "train_val", "test"]);
    expect(account.joined?.map(({ rowsRead, dropped }) => [rowsRead, dropped[0]?.count])).toEqual([
      [2, undefined],
      [2, 1],
    ]);
    const error = tableErrorOf(() =>
      chestXray14Definition().fromTables({
        entries,
        trainList: [["00000001_000.png"]],
        testList: { file: "test_list.txt", rows: [["00000003_000.png"], ["00000001_000.png"]] },
      }),
    );
    expect([error.file, error.problems[0]!.row]).toEqual(["test_list.txt", 2]);
  });

  it("refuses a table that it does not have, and needs the entries", () => {
    expect(() => chestXray14Definition().fromTables({ entries, rows: [] })).toThrow(
      /^tables.rows: is none of/,
    );
    expect(() => chestXray14Definition().fromTables({})).toThrow("tables.entries: is missing");
  });
});
