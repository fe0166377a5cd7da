import { describe, expect, it } from "vitest";
import { rsnaPneumoniaDefinition } from "../../src/datasets/rsnaPneumonia.js";
import { faultsOf, tableErrorOf } from "./tableErrorOf.js";

const header = ["patientId", "x", "y", "width", "height", "Target"];
const clear = (id: string) => [id, "", "", "", "", "0"];
const box = (id: string, ...numbers: readonly [number, number, number, number]) => [
  id,
  ...numbers.map((value) => value.toFixed(1)),
  "1",
];

type Rows = readonly (readonly string[])[];
const read = (rows: Rows, more: { readonly classes?: Rows; readonly headers?: Rows } = {}) =>
  rsnaPneumoniaDefinition().fromTables({
    labels: { file: "stage_2_train_labels.csv", rows: [header, ...rows] },
    ...(more.classes && { classes: [["patientId", "class"], ...more.classes] }),
    ...(more.headers && {
      headers: [
        ["", "PatientAge", "PatientID", "PatientSex", "PixelSpacing", "ViewPosition"],
        ...more.headers,
      ],
    }),
  });

describe("rsnaPneumoniaDefinition", () => {
  it("takes several records of an image as several boxes of one study, on 1024 x 1024 pixels", () => {
    const { studies, labels, account } = read([
      box("a", 264, 152, 213, 379),
      clear("b"),
      box("a", 562, 152, 256, 453),
    ]);
    expect(labels.classes).toEqual(["Pneumonia"]);
    expect(Array.from(labels.values.data)).toEqual([1, 0]);
    expect(studies).toEqual([
      {
        imageId: "a",
        patientId: "a",
        boxes: [
          { finding: "Pneumonia", x: 264, y: 152, width: 213, height: 379 },
          { finding: "Pneumonia", x: 562, y: 152, width: 256, height: 453 },
        ],
        boxSize: [1024, 1024],
      },
      { imageId: "b", patientId: "b", boxes: [], boxSize: [1024, 1024] },
    ]);
    expect(account).toEqual({
      rowsRead: 3,
      rowsKept: 2,
      merged: 1,
      dropped: [],
      changed: [{ rule: "no patient is named: the image counts as a patient of its own", count: 2 }],
    });
  });

  it("takes patients from a list of one's own, and refuses an image that the list lacks", () => {
    const patients = new Map([
      ["a", "00000013"],
      ["b", "00000013"],
    ]);
    const definition = rsnaPneumoniaDefinition({ patientOf: (imageId) => patients.get(imageId) });
    const { studies, account } = definition.fromTables({ labels: [header, clear("a"), clear("b")] });
    expect(studies.map(({ patientId }) => patientId)).toEqual(["00000013", "00000013"]);
    expect(account.changed).toEqual([]);
    const labels = [header, clear("a"), clear("c")];
    expect(faultsOf(() => definition.fromTables({ labels }))).toEqual([[3, "patientId"]]);
  });

  it.each([
    ["Target 2", [["a", "1", "1", "2", "2", "2"]], [[2, "Target"]]],
    ["no Target", [["a", "", "", "", "", ""]], [[2, "Target"]]],
    ["Target 0 with a box", [["a", "1", "1", "2", "2", "0"]], [[2, "Target"]]],
    [
      "Target 1 without a box",
      [["a", "", "", "", "", "1"]],
      ["x", "y", "width", "height"].map((c) => [2, c]),
    ],
    ["Target 0 twice", [clear("a"), clear("b"), clear("a")], [[4, "patientId"]]],
    ["Target 1 after 0", [clear("a"), box("a", 1, 1, 2, 2)], [[3, "patientId"]]],
    ["Target 0 after 1", [box("a", 1, 1, 2, 2), clear("a")], [[3, "patientId"]]],
    ["a box twice", [box("a", 1, 1, 2, 2), box("a", 1, 1, 2, 2)], [[3, "x"]]],
    ["a box beyond the columns", [box("a", 1000, 1, 25, 2)], [[2, "width"]]],
    ["a box beyond the rows", [box("a", 1, 1020, 2, 5)], [[2, "height"]]],
    ["an empty id", [clear("")], [[2, "patientId"]]],
  ])("refuses %s", (_, rows, faults) => {
    expect(faultsOf(() => read(rows))).toEqual(faults);
  });

  it("keeps a box that ends at the image's edge", () => {
    expect(read([box("a", 1000, 1000, 24, 24)]).studies[0]!.boxes).toHaveLength(1);
  });

  it("keeps the film's class and checks it against Target: Lung Opacity where it is 1 and nowhere else", () => {
    const classes = [
      ["a", "Lung Opacity"],
      ["a", "Lung Opacity"],
      ["b", "No Lung Opacity / Not Normal"],
      ["c", "Normal"],
      ["z", "Normal"],
    ];
    const rows = [box("a", 1, 1, 2, 2), box("a", 5, 5, 2, 2), clear("b"), clear("c"), clear("d")];
    const { studies, account } = read(rows, { classes });
    expect(studies.map(({ filmClass }) => filmClass)).toEqual([
      "Lung Opacity",
      "No Lung Opacity / Not Normal",
      "Normal",
      undefined,
    ]);
    expect(account.joined).toEqual([
      {
        table: "classes",
        rowsRead: 5,
        dropped: [{ reason: "its image is not among the labels", count: 1, examples: ["z"] }],
      },
    ]);
    const error = tableErrorOf(() =>
      read([clear("a"), box("b", 1, 1, 2, 2)], {
        classes: [
          ["a", "Lung Opacity"],
          ["b", "Normal"],
        ],
      }),
    );
    expect(error.file).toBe("stage_2_train_labels.csv");
    expect(error.problems.map(({ row, column }) => [row, column])).toEqual([
      [2, "Target"],
      [3, "Target"],
    ]);
  });

  it("refuses a film's class that is none of three, and two classes of one film", () => {
    const classes = [
      ["a", "normal"],
      ["b", "Normal"],
      ["b", "Lung Opacity"],
    ];
    expect(faultsOf(() => read([clear("a")], { classes }))).toEqual([
      [2, "class"],
      [4, "class"],
    ]);
  });

  it("joins the table of headers by PatientID: one number is the spacing both ways, ages above 120 are unknown", () => {
    const headers = [
      ["0", "43", "b", "F", "0.168", "AP"],
      ["1", "151", "a", "M", "0.14\\0.15", "PA"],
      ["2", "1", "z", "M", "", ""],
    ];
    const { studies, account } = read([clear("a"), clear("b"), clear("c")], { headers });
    const common = { boxes: [], boxSize: [1024, 1024] };
    expect(studies).toEqual([
      { imageId: "a", patientId: "a", view: "PA", sex: "M", pixelSpacingMm: [0.14, 0.15], ...common },
      {
        imageId: "b",
        patientId: "b",
        view: "AP",
        ageYears: 43,
        sex: "F",
        pixelSpacingMm: [0.168, 0.168],
        ...common,
      },
      { imageId: "c", patientId: "c", ...common },
    ]);
    expect(account.changed).toContainEqual({ rule: "PatientAge above 120 years read as unknown", count: 1 });
    expect(account.joined?.[0]?.dropped).toEqual([
      { reason: "its image is not among the labels", count: 1, examples: ["z"] },
    ]);
  });

  it("refuses a PatientID that stands twice, and a spacing that is no length", () => {
    const headers = ["0", "-1", "x", "0.1\\0.2\\0.3"].map((spacing, i) => ["", "", `${i}`, "", spacing, ""]);
    expect(faultsOf(() => read([clear("a")], { headers }))).toEqual(
      [2, 3, 4, 5].map((row) => [row, "PixelSpacing"]),
    );
    const twice = [0, 1].map(() => ["", "", "a", "", "", ""]);
    expect(faultsOf(() => read([clear("a")], { headers: twice }))).toEqual([[3, "PatientID"]]);
  });
});
