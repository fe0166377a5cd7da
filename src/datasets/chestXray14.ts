import { chestXray14Findings } from "../labels/chestXray14Findings.js";
import type { Dataset, FindingBox, Study } from "../labels/dataset.js";
import { readAge } from "./age.js";
import { readBox } from "./box.js";
import { type DatasetReader, type DefinedDataset, defineDataset } from "./defineDataset.js";
import { findingListReader } from "./findingList.js";
import { joinedByImage } from "./joinedByImage.js";
import { readPositive, readWhole } from "./numbers.js";
import type { TableRow } from "./tableRecords.js";

/** An image of ChestX-ray14. */
export interface ChestXray14Study extends Study {
  /** Number of the examination in the patient's series (column "Follow-up #"). */
  readonly followUp?: number;
  /**
   * [rows, columns] of the radiograph before the NIH scaled it to 1024 x 1024 pixels. The spacing of an image of h x w
   * pixels is `pixelSpacingMm[0] * originalSize[0] / h` by `pixelSpacingMm[1] * originalSize[1] / w`.
   */
  readonly originalSize?: readonly [number, number];
  /** Distance between pixel centres of the original radiograph, [vertical, horizontal], in mm. */
  readonly pixelSpacingMm?: readonly [number, number];
}

/** What Google's radiologists looked for in 2019. */
const google2019Findings = ["Fracture", "Pneumothorax", "Airspace opacity", "Nodule or mass"] as const;

const yesOrNo = new Map([
  ["YES", 1],
  ["NO", 0],
]);

/** The size that all published images have, in which the boxes are given. */
const publishedSize = [1024, 1024] as const;

/**
 * ChestX-ray14 (Wang et al., CVPR 2017). Its tables:
 *
 * - `entries`, the main one: Data_Entry_2017.csv (ages such as 058Y, an unnamed last column) or
 *   Data_Entry_2017_v2020.csv. The brackets of the header hold commas, so `OriginalImagePixelSpacing[x,y]` is two columns,
 *   as in the records. "Finding Labels" is split at | and matched whole; "No Finding" alone is all zeros. `studyId` is the
 *   patient's id and the follow-up number, since the number alone repeats from patient to patient. Ages above 120 years
 *   (the 2017 table has such) become unknown and are counted. "Image Index", "Finding Labels" and "Patient ID" must be
 *   there; the other columns are read where they are.
 * - `boxes`, optional: BBox_List_2017.csv, boxes of eight findings on 880 images, in pixels of 1024 x 1024 (`boxSize`). Its
 *   "Infiltrate" is read as "Infiltration", which the entries call it, and counted. Images without a record have no
 *   `boxes`: they were not looked at for boxes.
 * - `google2019Test`, `google2019Validation`, optional: labels of four findings by Google's radiologists (Majkowska et al.,
 *   Radiology 2019) as the label set "google2019", unknown for all other images.
 * - `trainValidationList`, `trainList`, `validationList`, `testList`, optional: names of images; a study's `split` is
 *   "train_val", "train", "validation" or "test".
 *
 * Records of the optional tables whose image is not among the entries are counted in `account.joined`.
 */
export function chestXray14Definition(): DefinedDataset<ChestXray14Study> {
  const google = { columns: ["Image Index", ...google2019Findings], optional: true } as const;
  const list = { columns: ["name"], optional: true, format: "list" } as const;
  return defineDataset<ChestXray14Study>({
    name: "ChestX-ray14",
    tables: {
      boxes: {
        files: ["BBox_List_2017.csv", "BBox_List_2017_Official_NIH.csv"],
        columns: ["Image Index", "Finding Label", "Bbox [x", "y", "w", "h]"],
        optional: true,
      },
      google2019Test: {
        ...google,
        files: ["google2019_nih-chest-xray-labels.csv", "four_findings_expert_labels_test_labels.csv"],
      },
      google2019Validation: { ...google, files: ["four_findings_expert_labels_validation_labels.csv"] },
      trainValidationList: { ...list, files: ["train_val_list.txt"] },
      trainList: { ...list, files: ["train_list.txt"] },
      validationList: { ...list, files: ["val_list.txt"] },
      testList: { ...list, files: ["test_list.txt"] },
      entries: {
        files: ["Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv", "metadata.csv"],
        columns: ["Image Index", "Patient ID", "Finding Labels"],
        optionalColumns: [
          ...["Follow-up #", "Patient Age", "Patient Gender", "View Position"],
          ...["OriginalImage[Width", "Height]", "OriginalImagePixelSpacing[x", "y]"],
        ],
      },
    },
    idColumns: { image: "Image Index", patient: "Patient ID" },
    imageFiles: ({ imageId }) => [imageId],
    read: chestXray14Reader,
  });
}

function chestXray14Reader(): DatasetReader<ChestXray14Study> {
  const readFindings = findingListReader(chestXray14Findings, "|", "No Finding");
  const boxes = joinedByImage<FindingBox[]>();
  const google = joinedByImage<readonly number[]>();
  const splits = joinedByImage<string>();

  const readGoogle = (table: string) => (row: TableRow) => {
    const imageId = row.text("Image Index");
    const values = google2019Findings.map((finding) => {
      const value = yesOrNo.get(row.text(finding));
      if (value === undefined) row.fault(finding, `is "${row.text(finding)}"; expected YES or NO`);
      return value ?? Number.NaN;
    });
    if (google.get(imageId)) row.fault("Image Index", `"${imageId}" stands twice among Google's labels`);
    google.add(table, imageId, values);
    return undefined;
  };
  const readList = (table: string, split: string) => (row: TableRow) => {
    const imageId = row.text("name");
    const other = splits.get(imageId);
    if (other !== undefined) row.fault("name", `"${imageId}" is in the set "${other}" already`);
    splits.add(table, imageId, split);
    return undefined;
  };

  return {
    classes: chestXray14Findings,
    labelSets: { google2019: google2019Findings },
    tables: {
      boxes(row) {
        const imageId = row.text("Image Index");
        const box = readBox(row, { x: "Bbox [x", y: "y", width: "w", height: "h]" });
        if (box === undefined) return undefined;
        const known = boxes.get(imageId) ?? [];
        known.push({ finding: boxFinding(row), ...box });
        boxes.add("boxes", imageId, known);
        return undefined;
      },
      google2019Test: readGoogle("google2019Test"),
      google2019Validation: readGoogle("google2019Validation"),
      trainValidationList: readList("trainValidationList", "train_val"),
      trainList: readList("trainList", "train"),
      validationList: readList("validationList", "validation"),
      testList: readList("testList", "test"),
      entries(row) {
        const study = readEntry(row);
        const split = splits.take(study.imageId);
        if (split !== undefined) study.split = split;
        const drawn = boxes.take(study.imageId);
        if (drawn !== undefined) Object.assign(study, { boxes: drawn, boxSize: publishedSize });
        const google2019 = google.take(study.imageId);
        return {
          study,
          labels: readFindings(row, "Finding Labels"),
          ...(google2019 && { labelSets: { google2019 } }),
        };
      },
    },
    finish(report) {
      for (const joined of [boxes, google, splits])
        joined.reportRest(report, "its image is not among the entries");
      return [];
    },
  };
}

function boxFinding(row: TableRow): string {
  const finding = row.text("Finding Label");
  if (finding === "Infiltrate") {
    row.change('"Infiltrate" of the boxes read as "Infiltration"');
    return "Infiltration";
  }
  if (!(chestXray14Findings as readonly string[]).includes(finding)) {
    row.fault("Finding Label", `"${finding}" is not one of the ${chestXray14Findings.length} findings`);
  }
  return finding;
}

function readEntry(row: TableRow): Mutable<ChestXray14Study> {
  const patientId = row.text("Patient ID");
  const study: Mutable<ChestXray14Study> = { imageId: row.text("Image Index"), patientId };
  const followUp = readWhole(row, "Follow-up #");
  if (followUp !== undefined) {
    study.followUp = followUp;
    study.studyId = `${patientId}/${followUp}`;
  }
  const view = row.text("View Position");
  if (view !== "") study.view = view;
  const age = readAge(row, "Patient Age");
  if (age !== undefined) study.ageYears = age;
  const sex = row.text("Patient Gender");
  if (sex !== "") study.sex = sex;
  const width = readPositive(row, "OriginalImage[Width");
  const height = readPositive(row, "Height]");
  if (width !== undefined && height !== undefined) study.originalSize = [height, width];
  const horizontal = readPositive(row, "OriginalImagePixelSpacing[x");
  const vertical = readPositive(row, "y]");
  if (horizontal !== undefined && vertical !== undefined) study.pixelSpacingMm = [vertical, horizontal];
  return study;
}

/**
 * Reads the entries of ChestX-ray14 that were already split into fields, in a browser for instance; studies have no path.
 * How each column is read, {@link chestXray14Definition} says; its `fromTables` takes the other tables too.
 *
 * @param rows the records, the header first, blank lines included if line numbers in errors shall be right
 * @param options `file` names the table in errors
 * @throws TableError for a column absent or doubled, a ragged row, an unknown finding (with the nearest name), "No
 *   Finding" beside a finding, an empty or repeated image name, an empty patient id, an age or number of another form
 */
export function chestXray14FromRows(
  rows: Iterable<readonly string[]>,
  options: { readonly file?: string } = {},
): Dataset<ChestXray14Study> {
  return chestXray14Definition().fromTables({ entries: { file: options.file ?? "rows", rows } });
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
