import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CheXpertOptions, cheXpertDefinition } from "../../src/datasets/cheXpert.js";
import { cheXpertFindings } from "../../src/labels/cheXpertFindings.js";
import { tableErrorOf } from "./tableErrorOf.js";

const published =
  "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices";
const header = published.split(",");

let patients = 0;
function row(changes: Readonly<Record<string, string>> = {}): string[] {
  patients++;
  const usual: Record<string, string> = {
    Path: `CheXpert-v1.0-small/train/patient${String(patients).padStart(5, "0")}/study1/view1_frontal.jpg`,
    Sex: "Female",
    Age: "68",
    "Frontal/Lateral": "Frontal",
    "AP/PA": "AP",
  };
  return header.map((name) => changes[name] ?? usual[name] ?? "");
}

const read = (rows: readonly string[][], options: CheXpertOptions = {}) =>
  cheXpertDefinition(options).fromTables({ train: { file: "train.csv", rows: [header, ...rows] } });

const studyOf = (changes: Readonly<Record<string, string>>) => read([row(changes)]).studies[0]!;

/** Labels of one record, those that are not NaN. */
function labelsOf(changes: Readonly<Record<string, string>>, options: CheXpertOptions = {}) {
  const { labels } = read([row(changes)], options);
  const known = labels.classes.map((name, c) => [name, labels.values.get(0, c)] as const);
  return Object.fromEntries(known.filter(([, value]) => !Number.isNaN(value)));
}

describe("cheXpertDefinition", () => {
  it("reads every column of the published header; No Finding is no class", () => {
    expect(header.slice(6)).toEqual(cheXpertFindings);
    const { studies, labels, account, name } = read([
      row({ Path: "CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg", "No Finding": "1.0" }),
    ]);
    expect(name).toBe("CheXpert");
    expect(labels.classes).toEqual(cheXpertFindings);
    expect(studies).toEqual([
      {
        imageId: "train/patient00001/study1/view1_frontal.jpg",
        patientId: "patient00001",
        studyId: "patient00001/study1",
        split: "train",
        view: "AP",
        frontal: true,
        ageYears: 68,
        sex: "F",
        noFinding: true,
      },
    ]);
    expect(account).toEqual({ rowsRead: 1, rowsKept: 1, dropped: [], changed: [] });
  });

  it("reads 1.0 as present, 0.0 as absent, -1.0 as uncertain and unknown, blank as unknown", () => {
    const { labels, uncertain } = read([
      row({
        Edema: "1.0",
        Pneumonia: "0.0",
        Atelectasis: "-1.0",
        Fracture: "1",
        "Lung Lesion": "-1",
        Cardiomegaly: "0",
      }),
    ]);
    const at = (name: (typeof cheXpertFindings)[number]) => {
      const c = cheXpertFindings.indexOf(name);
      return [labels.values.get(0, c), uncertain!.values.get(0, c)];
    };
    expect(at("Edema")).toEqual([1, 0]);
    expect(at("Fracture")).toEqual([1, 0]);
    expect(at("Pneumonia")).toEqual([0, 0]);
    expect(at("Cardiomegaly")).toEqual([0, 0]);
    expect(at("Atelectasis")).toEqual([Number.NaN, 1]);
    expect(at("Lung Lesion")).toEqual([Number.NaN, 1]);
    expect(at("Consolidation")).toEqual([Number.NaN, 0]);
  });

  it("has a matrix of uncertainty, all zeros, where no record is uncertain", () => {
    expect(Array.from(read([row()]).uncertain!.values.data)).toEqual(Array(13).fill(0));
  });

  it("reads blanks as absent when told to, and counts each label", () => {
    const options = { blank: "absent" } as const;
    const labels = labelsOf({ Edema: "1.0", Pneumonia: "-1.0" }, options);
    expect(labels).toMatchObject({ Edema: 1, Cardiomegaly: 0, "Support Devices": 0 });
    expect("Pneumonia" in labels).toBe(false);
    expect(read([row({ Edema: "1.0", Pneumonia: "-1.0" })], options).account.changed).toEqual([
      { rule: "blank label read as absent", count: 11 },
    ]);
  });

  it("reads blanks beside No Finding as absent when told to, devices aside, and counts each label", () => {
    const options = { blank: "absent-if-no-finding" } as const;
    const healthy = { "No Finding": "1.0", Pneumothorax: "0.0" };
    expect(labelsOf(healthy, options)).toEqual(
      Object.fromEntries(cheXpertFindings.slice(0, -1).map((name) => [name, 0])),
    );
    expect(labelsOf({ Edema: "0.0" }, options)).toEqual({ Edema: 0 });
    expect(labelsOf({ ...healthy, "Support Devices": "1.0" }, options)).toMatchObject({
      "Support Devices": 1,
    });
    expect(read([row(healthy), row({ Edema: "0.0" })], options).account.changed).toEqual([
      { rule: 'blank label beside "No Finding" read as absent', count: 11 },
    ]);
  });

  it("takes No Finding beside a finding that is present as unknown, counts it, and reads no blank by it", () => {
    const contradiction = { "No Finding": "1.0", Edema: "1.0" };
    const { studies, account } = read([row(contradiction)], { blank: "absent-if-no-finding" });
    expect("noFinding" in studies[0]!).toBe(false);
    expect(account.changed).toEqual([{ rule: '"No Finding" beside a finding read as unknown', count: 1 }]);
    expect(labelsOf(contradiction, { blank: "absent-if-no-finding" })).toEqual({ Edema: 1 });
    expect(studyOf({ "No Finding": "1.0", "Support Devices": "1.0" }).noFinding).toBe(true);
    expect(studyOf({ "No Finding": "0.0" }).noFinding).toBe(false);
    expect("noFinding" in studyOf({})).toBe(false);
  });

  it.each([
    ["CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg"],
    ["/data/patient7/CheXpert/train/patient00001/study1/view1_frontal.jpg"],
    ["CheXpert-v1.0 batch 2 (train 1)/patient00001/study1/view1_frontal.jpg"],
    ["D:\\CheXpert\\train\\patient00001\\study1\\view1_frontal.jpg"],
    ["patient00001/study1/view1_frontal.jpg"],
  ])("takes patient, examination and image from %j, whatever it begins with", (Path) => {
    expect(studyOf({ Path })).toMatchObject({
      patientId: "patient00001",
      studyId: "patient00001/study1",
      imageId: "train/patient00001/study1/view1_frontal.jpg",
    });
  });

  it("names no examination where the path has none", () => {
    const study = studyOf({ Path: "train/patient00001/view1_frontal.jpg" });
    expect(study).toMatchObject({
      patientId: "patient00001",
      imageId: "train/patient00001/view1_frontal.jpg",
    });
    expect("studyId" in study).toBe(false);
  });

  it.each([
    [{ "Frontal/Lateral": "Frontal", "AP/PA": "PA" }, "PA", true],
    [{ "Frontal/Lateral": "Frontal", "AP/PA": "LL" }, "LL", true],
    [{ "Frontal/Lateral": "Frontal", "AP/PA": "" }, "Frontal", true],
    [{ "Frontal/Lateral": "Lateral", "AP/PA": "" }, "Lateral", false],
    [
      { "Frontal/Lateral": "", "AP/PA": "", Path: "train/patient00001/study1/view2_lateral.jpg" },
      "Lateral",
      false,
    ],
    [{ "Frontal/Lateral": "", "AP/PA": "", Path: "train/patient00001/study1/1.jpg" }, undefined, undefined],
  ])("takes the view of %j as %s", (changes, view, frontal) => {
    const study = studyOf(changes);
    expect([study.view, study.frontal]).toEqual([view, frontal]);
  });

  it("keeps ages as they stand, 0 and 90 too, and leaves out an unknown sex", () => {
    const { studies, account } = read(["0", "90", ""].map((Age) => row({ Age, Sex: "Unknown" })));
    expect(studies.map(({ ageYears }) => ageYears)).toEqual([0, 90, undefined]);
    expect(studies.some((study) => "sex" in study)).toBe(false);
    expect(studyOf({ Sex: "Male" }).sex).toBe("M");
    expect(account.changed).toEqual([]);
  });

  it("makes one dataset of all sets, whose tables may lack all but the path and the findings", () => {
    const short = ["Path", ...cheXpertFindings];
    const bare = (path: string) => [path, ...cheXpertFindings.map((_, c) => (c === 0 ? "1.0" : "0.0"))];
    const { studies, labels, account } = cheXpertDefinition().fromTables({
      test: [short, bare("test/patient64741/study1/view1_frontal.jpg")],
      train: [header, row({ Edema: "-1.0" }), row()],
      valid: [header, row({ Path: "CheXpert-v1.0/valid/patient64541/study1/view1_frontal.jpg" })],
    });
    expect(studies.map(({ split }) => split)).toEqual(["train", "train", "valid", "test"]);
    expect(studies[2]!.imageId).toBe("valid/patient64541/study1/view1_frontal.jpg");
    expect(studies[3]).toEqual({
      imageId: "test/patient64741/study1/view1_frontal.jpg",
      patientId: "patient64741",
      studyId: "patient64741/study1",
      split: "test",
      view: "Frontal",
      frontal: true,
    });
    expect(labels.values.get(3, 0)).toBe(1);
    expect(account).toEqual({ rowsRead: 4, rowsKept: 4, dropped: [], changed: [] });
  });

  it("takes the split from the table, not from the path", () => {
    const { studies } = cheXpertDefinition().fromTables({
      valid: [header, row({ Path: "val/patient64541/study1/view1_frontal.jpg" })],
    });
    expect(studies[0]).toMatchObject({
      split: "valid",
      imageId: "valid/patient64541/study1/view1_frontal.jpg",
    });
  });

  it("reads the files of other labelers in place of train.csv", () => {
    const files = (options: CheXpertOptions) => cheXpertDefinition(options).tables.train!.files;
    expect(files({})).toEqual(["train.csv"]);
    expect(files({ labeler: "chexbert" })).toEqual(["train_cheXbert.csv"]);
    expect(files({ labeler: "visualchexbert" })).toEqual(["train_visualCheXbert.csv"]);
  });

  it("names file, row and column of every fault", () => {
    const twice = row();
    const error = tableErrorOf(() =>
      read([
        row({ Edema: "2.0" }),
        row({ Fracture: "NaN" }),
        row({ "No Finding": "-1.0" }),
        row({ Path: "train/00001/view1_frontal.jpg" }),
        row({ Path: "" }),
        row({ "Frontal/Lateral": "frontal" }),
        row({ Age: "old" }),
        twice,
        twice,
      ]),
    );
    expect(error.message).toContain(
      'train.csv: row 2, column "Edema": is "2.0"; expected 1.0 (present), 0.0 (absent), -1.0 (uncertain) or nothing',
    );
    expect(error.problems.map(({ row: line, column }) => [line, column])).toEqual([
      [2, "Edema"],
      [3, "Fracture"],
      [4, "No Finding"],
      [5, "Path"],
      [6, "Path"],
      [6, "Path"],
      [7, "Frontal/Lateral"],
      [8, "Age"],
      [10, "Path"],
    ]);
    expect(error.problems[3]!.message).toContain(
      "names no patient; expected a path such as train/patient00001",
    );
  });

  it("counts a fault of every record that has it", () => {
    expect(tableErrorOf(() => read([row({ Edema: "x" }), row({ Edema: "x" })])).problemCount).toBe(2);
  });

  it("needs one of its tables, and options that are among its words", () => {
    expect(() => cheXpertDefinition().fromTables({})).toThrow(
      "tables: has none of train, valid, test; expected one at least",
    );
    expect(() => cheXpertDefinition({ labeler: "cheXbert" as never })).toThrow('is it "chexbert"?');
    expect(() => cheXpertDefinition({ blank: "zero" as never })).toThrow(
      'options.blank: "zero" is none of unknown, absent, absent-if-no-finding',
    );
  });

  it("accounts for every cell: what is 1, 0, uncertain and unknown, by each reading of blanks", () => {
    const cells = fc.array(fc.constantFrom("1.0", "0.0", "-1.0", ""), { minLength: 13, maxLength: 13 });
    const record = fc.record({ cells, none: fc.constantFrom("1.0", "") });
    const blank = fc.constantFrom("unknown", "absent", "absent-if-no-finding");
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 6 }), blank, (records, reading) => {
        const rows = records.map(({ cells: values, none }) =>
          row({
            "No Finding": none,
            ...Object.fromEntries(cheXpertFindings.map((name, c) => [name, values[c]!])),
          }),
        );
        const { labels, uncertain, account } = read(rows, {
          blank: reading as NonNullable<CheXpertOptions["blank"]>,
        });
        const all = records.flatMap(({ cells: values }) => values);
        const count = (text: string) => all.filter((cell) => cell === text).length;
        const filled = account.changed
          .filter(({ rule }) => rule.startsWith("blank"))
          .reduce((sum, { count: labelsChanged }) => sum + labelsChanged, 0);
        const got = (value: number) => labels.values.data.filter((label) => Object.is(label, value)).length;
        expect(got(1)).toBe(count("1.0"));
        expect(got(0)).toBe(count("0.0") + filled);
        expect(got(Number.NaN)).toBe(count("-1.0") + count("") - filled);
        expect(uncertain!.values.data.filter((value) => value === 1)).toHaveLength(count("-1.0"));
        expect(filled <= count("")).toBe(true);
        if (reading === "unknown") expect(filled).toBe(0);
        if (reading === "absent") expect(filled).toBe(count(""));
        expect(account).toMatchObject({ rowsRead: records.length, rowsKept: records.length, dropped: [] });
      }),
    );
  });
});
