import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MimicCxrOptions, mimicCxrDefinition } from "../../src/datasets/mimicCxr.js";
import { cheXpertFindings } from "../../src/labels/cheXpertFindings.js";
import { tableErrorOf } from "./tableErrorOf.js";

const metadataHeader =
  "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime,ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning".split(
    ",",
  );
// In alphabetical order, unlike CheXpert's.
const labelHeader =
  "subject_id,study_id,Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,Lung Lesion,Lung Opacity,No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices".split(
    ",",
  );
const splitHeader = ["dicom_id", "study_id", "subject_id", "split"];

const film = "02aa804e-bde0afdd-112c0b34-7bc16630-4e384014";
const lateral = "174413ec-4ec4c1f7-34ea26b7-c5f994f8-79ef1962";

function record(header: readonly string[], usual: Record<string, string>) {
  return (changes: Readonly<Record<string, string>> = {}) =>
    header.map((name) => changes[name] ?? usual[name] ?? "");
}
const image = record(metadataHeader, {
  dicom_id: film,
  subject_id: "10000032",
  study_id: "50414267",
  PerformedProcedureStepDescription: "CHEST (PA AND LAT)",
  ViewPosition: "PA",
  Rows: "3056",
  Columns: "2544",
  StudyDate: "21800506",
  StudyTime: "213014.53100000002",
});
const labelled = record(labelHeader, { subject_id: "10000032", study_id: "50414267" });
const assigned = record(splitHeader, {
  dicom_id: film,
  subject_id: "10000032",
  study_id: "50414267",
  split: "train",
});

interface Rows {
  readonly metadata?: readonly string[][];
  readonly labels?: readonly string[][];
  readonly splits?: readonly string[][];
}

const read = (
  { metadata = [image()], labels = [labelled()], splits }: Rows = {},
  options: MimicCxrOptions = {},
) =>
  mimicCxrDefinition(options).fromTables({
    metadata: { file: "metadata.csv", rows: [metadataHeader, ...metadata] },
    labels: { file: "labels.csv", rows: [labelHeader, ...labels] },
    ...(splits && { splits: { file: "split.csv", rows: [splitHeader, ...splits] } }),
  });

describe("mimicCxrDefinition", () => {
  it("joins metadata, labels and splits", () => {
    const { studies, labels, account, name } = read({
      labels: [labelled({ "No Finding": "1.0", Pneumothorax: "0.0" })],
      splits: [assigned({ split: "validate" })],
    });
    expect(name).toBe("MIMIC-CXR");
    expect(labels.classes).toEqual(cheXpertFindings);
    expect(studies).toEqual([
      {
        imageId: film,
        patientId: "10000032",
        studyId: "50414267",
        split: "validate",
        view: "PA",
        procedure: "CHEST (PA AND LAT)",
        studyDate: "21800506",
        studyTime: "213014.53100000002",
        originalSize: [3056, 2544],
        noFinding: true,
      },
    ]);
    expect(account).toEqual({
      rowsRead: 1,
      rowsKept: 1,
      dropped: [],
      changed: [],
      joined: [
        { table: "labels.csv", rowsRead: 1, dropped: [] },
        { table: "split.csv", rowsRead: 1, dropped: [] },
      ],
    });
  });

  it("gives the labels of an examination to all its images", () => {
    const { labels, uncertain } = read({
      metadata: [image(), image({ dicom_id: lateral, ViewPosition: "LATERAL" })],
      labels: [labelled({ Edema: "1.0", Pneumonia: "-1.0", Pneumothorax: "0.0" })],
    });
    for (const i of [0, 1]) {
      const at = (name: (typeof cheXpertFindings)[number]) => {
        const c = cheXpertFindings.indexOf(name);
        return [labels.values.get(i, c), uncertain!.values.get(i, c)];
      };
      expect(at("Edema")).toEqual([1, 0]);
      expect(at("Pneumothorax")).toEqual([0, 0]);
      expect(at("Pneumonia")).toEqual([Number.NaN, 1]);
      expect(at("Fracture")).toEqual([Number.NaN, 0]);
    }
  });

  it("keeps images of examinations without labels as unknown, and counts them", () => {
    const { studies, labels, uncertain, account } = read({
      metadata: [
        image({ study_id: "53189527" }),
        image({ dicom_id: lateral, study_id: "53189527", ViewPosition: "" }),
      ],
      labels: [],
    });
    expect(studies).toHaveLength(2);
    expect("view" in studies[1]!).toBe(false);
    expect(labels.values.data.every(Number.isNaN)).toBe(true);
    expect(uncertain!.values.data.every((value) => value === 0)).toBe(true);
    expect(account.changed).toEqual([
      { rule: "no record of labels for the examination: read as unknown", count: 2 },
    ]);
  });

  it("counts records of labels and splits that belong to no image", () => {
    const { account } = read({
      labels: [labelled(), labelled({ study_id: "53911762" })],
      splits: [assigned(), assigned({ dicom_id: lateral })],
    });
    expect(account.joined).toEqual([
      {
        table: "labels.csv",
        rowsRead: 2,
        dropped: [
          { reason: "its examination has no image in the metadata", count: 1, examples: ["53911762"] },
        ],
      },
      {
        table: "split.csv",
        rowsRead: 2,
        dropped: [{ reason: "its image is not in the metadata", count: 1, examples: [lateral] }],
      },
    ]);
  });

  it("leaves split out where there is no table of splits, or no record in it", () => {
    expect("split" in read().studies[0]!).toBe(false);
    expect("split" in read({ splits: [assigned({ dicom_id: lateral })] }).studies[0]!).toBe(false);
  });

  it("counts what was changed in labels once for each examination, not for each image", () => {
    const { account, labels } = read(
      {
        metadata: [image(), image({ dicom_id: lateral })],
        labels: [labelled({ Edema: "1.0" })],
      },
      { blank: "absent" },
    );
    expect(account.changed).toEqual([{ rule: "blank label read as absent", count: 12 }]);
    expect(labels.values.data.filter((value) => value === 0)).toHaveLength(24);
  });

  it.each([
    ["labels", { labels: [labelled({ subject_id: "10000048" })] }, 'examination "50414267" is of "10000048"'],
    ["splits", { splits: [assigned({ subject_id: "10000048" })] }, `image "${film}" is of "10000048"`],
  ])("refuses a patient that is another one in the table of %s", (table, rows, message) => {
    const error = tableErrorOf(() => read(rows));
    expect(error.message).toContain('metadata.csv: row 2, column "subject_id"');
    expect(error.message).toContain(`${message} in the table of ${table}; expected one patient`);
  });

  it("refuses an image that is of another examination in the table of splits", () => {
    const { problems } = tableErrorOf(() => read({ splits: [assigned({ study_id: "53189527" })] }));
    expect(problems).toMatchObject([{ row: 2, column: "study_id", value: "50414267" }]);
    expect(problems[0]!.message).toContain('"53189527" for the image in the table of splits');
  });

  it.each<[string, Rows, number, string]>([
    ["labels.csv", { labels: [labelled(), labelled()] }, 3, "study_id"],
    ["labels.csv", { labels: [labelled({ study_id: "50414267.0" })] }, 2, "study_id"],
    ["labels.csv", { labels: [labelled({ subject_id: "p10000032" })] }, 2, "subject_id"],
    ["labels.csv", { labels: [labelled({ Edema: "2" })] }, 2, "Edema"],
    ["split.csv", { splits: [assigned(), assigned()] }, 3, "dicom_id"],
    ["split.csv", { splits: [assigned({ split: "" })] }, 2, "split"],
    ["metadata.csv", { metadata: [image(), image()] }, 3, "dicom_id"],
    ["metadata.csv", { metadata: [image({ study_id: "" })] }, 2, "study_id"],
    ["metadata.csv", { metadata: [image({ subject_id: "" })] }, 2, "subject_id"],
    ["metadata.csv", { metadata: [image({ Rows: "tall" })] }, 2, "Rows"],
  ])("names in %s the row and column of a fault", (file, rows, line, column) => {
    const error = tableErrorOf(() => read(rows));
    expect(error.file).toBe(file);
    expect(error.problems.map((problem) => [problem.row, problem.column])).toEqual([[line, column]]);
  });

  it("reads the file of the labeler that is asked for", () => {
    const files = (options: MimicCxrOptions) => mimicCxrDefinition(options).tables.labels!.files;
    expect(files({})).toEqual(["mimic-cxr-2.0.0-chexpert.csv"]);
    expect(files({ labels: "negbio" })).toEqual(["mimic-cxr-2.0.0-negbio.csv"]);
    expect(() => mimicCxrDefinition({ labels: "NegBio" as never })).toThrow('is it "negbio"?');
    expect(() => mimicCxrDefinition({ blank: "zero" as never })).toThrow("options.blank");
  });

  it("accounts for every image and every record of labels, whichever of them belong together", () => {
    const examinations = fc.uniqueArray(fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 })), examinations, (ofImages, withLabels) => {
        const { studies, labels, account } = read({
          metadata: ofImages.map((number, i) => image({ dicom_id: `i${i}`, study_id: `${number}` })),
          labels: withLabels.map((number) =>
            labelled({ study_id: `${number}`, Edema: number % 2 ? "1.0" : "0.0" }),
          ),
        });
        expect(studies).toHaveLength(ofImages.length);
        expect(account).toMatchObject({ rowsRead: ofImages.length, rowsKept: ofImages.length, dropped: [] });
        const edema = cheXpertFindings.indexOf("Edema");
        ofImages.forEach((number, i) => {
          expect(labels.values.get(i, edema)).toBe(withLabels.includes(number) ? number % 2 : Number.NaN);
        });
        const unlabelled = ofImages.filter((number) => !withLabels.includes(number)).length;
        expect(account.changed.reduce((sum, { count }) => sum + count, 0)).toBe(unlabelled);
        const [joined] = account.joined!;
        expect(joined!.rowsRead).toBe(withLabels.length);
        const unused = withLabels.filter((number) => !ofImages.includes(number)).length;
        expect(joined!.dropped.reduce((sum, { count }) => sum + count, 0)).toBe(unused);
      }),
    );
  });
});
