import { cheXpertFindings } from "../labels/cheXpertFindings.js";
import type { Study } from "../labels/dataset.js";
import {
  type BlankLabels,
  type CheXpertLabels,
  cheXpertColumns,
  cheXpertLabelReader,
} from "./cheXpertLabels.js";
import { type DatasetReader, type DefinedDataset, defineDataset } from "./defineDataset.js";
import { joinedByImage } from "./joinedByImage.js";
import { readWhole } from "./numbers.js";
import { checkOneOf } from "./oneOf.js";
import type { TableRow } from "./tableRecords.js";

/** An image of MIMIC-CXR. */
export interface MimicCxrStudy extends Study {
  /** What was done, such as "CHEST (PA AND LAT)" (column "PerformedProcedureStepDescription"). */
  readonly procedure?: string;
  /** Day of the examination as YYYYMMDD. Days are shifted by one distance for all examinations of a patient. */
  readonly studyDate?: string;
  /** Time of the examination as HHMMSS, with fractions of a second behind a point; zeros before it may lack. */
  readonly studyTime?: string;
  /** [rows, columns] of the radiograph as it was published first. */
  readonly originalSize?: readonly [number, number];
  /**
   * What "No Finding" says of the examination: none of the twelve findings, devices aside. Absent where it is blank and
   * where a finding that is present contradicts it.
   */
  readonly noFinding?: boolean;
}

/** How MIMIC-CXR is read. */
export interface MimicCxrOptions {
  /** Whose labels: of the CheXpert labeler (default) or of NegBio, each run on the same reports. */
  readonly labels?: "chexpert" | "negbio";
  /** How labels are read that the table leaves blank. Default "unknown". */
  readonly blank?: BlankLabels;
}

/**
 * MIMIC-CXR-JPG (Johnson et al., arXiv 1901.07042). Its tables:
 *
 * - `metadata`, the main one: mimic-cxr-2.0.0-metadata.csv, a record for each image. `imageId` is its "dicom_id",
 *   `patientId` its "subject_id", `studyId` its "study_id"; `view` is absent where "ViewPosition" is blank. Ages and sexes are
 *   not in it.
 * - `labels`: mimic-cxr-2.0.0-chexpert.csv or -negbio.csv, a record for each examination, whose labels all its images get:
 *   {@link cheXpertFindings}, with 1.0, 0.0, -1.0 (1 in `uncertain`, NaN in the labels) and blank (NaN unless `blank` says
 *   otherwise). "No Finding" is not a class; it becomes `noFinding`. Images of examinations without a record have
 *   unknown labels and are counted in `account.changed`. What was changed in labels is counted once for each record.
 * - `splits`, optional: mimic-cxr-2.0.0-split.csv; `split` is "train", "validate" or "test".
 *
 * Records of the further tables that belong to no image are counted in `account.joined`. An image or examination with
 * different patients in two tables is a fault. Images are found as `p10/p10000032/s50414267/<dicom_id>.jpg` (or .png or
 * .dcm), or by their name in any folder.
 *
 * @throws ArgumentError for an option that is none of those named
 */
export function mimicCxrDefinition(options: MimicCxrOptions = {}): DefinedDataset<MimicCxrStudy> {
  const { labels = "chexpert", blank = "unknown" } = options;
  checkOneOf("options.labels", labels, ["chexpert", "negbio"]);
  return defineDataset<MimicCxrStudy>({
    name: "MIMIC-CXR",
    tables: {
      labels: {
        files: [`mimic-cxr-2.0.0-${labels}.csv`],
        columns: ["subject_id", "study_id", ...cheXpertColumns],
        optionalColumns: ["No Finding"],
      },
      splits: {
        files: ["mimic-cxr-2.0.0-split.csv"],
        columns: ["dicom_id", "study_id", "subject_id", "split"],
        optional: true,
      },
      metadata: {
        files: ["mimic-cxr-2.0.0-metadata.csv"],
        columns: ["dicom_id", "subject_id", "study_id"],
        optionalColumns: [
          ...["ViewPosition", "PerformedProcedureStepDescription", "StudyDate", "StudyTime"],
          ...["Rows", "Columns"],
        ],
      },
    },
    idColumns: { image: "dicom_id", patient: "subject_id" },
    imageFiles: ({ imageId, patientId, studyId }) => {
      const folder = `p${patientId.slice(0, 2)}/p${patientId}/s${studyId}/`;
      return [folder, ""].flatMap((before) => extensions.map((after) => `${before}${imageId}${after}`));
    },
    read: () => mimicCxrReader(blank),
  });
}

const extensions = [".jpg", ".png", ".dcm"];

function mimicCxrReader(blank: BlankLabels): DatasetReader<MimicCxrStudy> {
  const readLabels = cheXpertLabelReader(blank);
  const labelsOf = joinedByImage<CheXpertLabels & { readonly patientId: string }>();
  const splits = joinedByImage<{
    readonly split: string;
    readonly patientId: string;
    readonly studyId: string;
  }>();
  const unknown = {
    labels: cheXpertFindings.map(() => Number.NaN),
    uncertain: cheXpertFindings.map(() => 0),
    noFinding: undefined,
  };

  return {
    classes: cheXpertFindings,
    tables: {
      labels(row) {
        const studyId = readId(row, "study_id");
        if (labelsOf.get(studyId))
          row.fault("study_id", `"${studyId}" stands twice; expected each examination once`);
        labelsOf.add("labels", studyId, { ...readLabels(row), patientId: readId(row, "subject_id") });
        return undefined;
      },
      splits(row) {
        const imageId = row.text("dicom_id");
        const split = row.text("split");
        if (splits.get(imageId)) row.fault("dicom_id", `"${imageId}" stands twice; expected each image once`);
        if (!["train", "validate", "test"].includes(split)) {
          row.fault("split", `is ${split === "" ? "empty" : `"${split}"`}; expected train, validate or test`);
        }
        const ids = { patientId: readId(row, "subject_id"), studyId: readId(row, "study_id") };
        splits.add("splits", imageId, { split, ...ids });
        return undefined;
      },
      metadata(row) {
        const study = readMetadata(row);
        const { imageId, patientId, studyId } = study;
        const assigned = splits.take(imageId);
        if (assigned !== undefined) {
          checkPatient(row, patientId, assigned.patientId, `image "${imageId}"`, "splits");
          if (assigned.studyId !== studyId) {
            row.fault(
              "study_id",
              `is "${studyId}", but "${assigned.studyId}" for the image in the table of splits`,
            );
          }
          study.split = assigned.split;
        }
        const known = labelsOf.take(studyId!);
        if (known === undefined) row.change("no record of labels for the examination: read as unknown");
        else checkPatient(row, patientId, known.patientId, `examination "${studyId}"`, "labels");
        const { labels, uncertain, noFinding } = known ?? unknown;
        if (noFinding !== undefined) study.noFinding = noFinding;
        return { study, labels, uncertain };
      },
    },
    finish(report) {
      labelsOf.reportRest(report, "its examination has no image in the metadata");
      splits.reportRest(report, "its image is not in the metadata");
      return [];
    },
  };
}

function checkPatient(row: TableRow, patient: string, other: string, what: string, table: string): void {
  if (patient === "" || patient === other) return;
  row.fault("subject_id", `${what} is of "${other}" in the table of ${table}; expected one patient`);
}

function readMetadata(row: TableRow): Mutable<MimicCxrStudy> {
  const study: Mutable<MimicCxrStudy> = {
    imageId: row.text("dicom_id"),
    patientId: row.text("subject_id") === "" ? "" : readId(row, "subject_id"),
    studyId: readId(row, "study_id"),
  };
  const view = row.text("ViewPosition");
  if (view !== "") study.view = view;
  const procedure = row.text("PerformedProcedureStepDescription");
  if (procedure !== "") study.procedure = procedure;
  const date = row.text("StudyDate");
  if (date !== "") study.studyDate = date;
  const time = row.text("StudyTime");
  if (time !== "") study.studyTime = time;
  const rows = readWhole(row, "Rows");
  const columns = readWhole(row, "Columns");
  if (rows !== undefined && columns !== undefined) study.originalSize = [rows, columns];
  return study;
}

/** Reads a number that names a patient or an examination; other text is a fault, since it would match no other table. */
function readId(row: TableRow, column: string): string {
  const text = row.text(column);
  if (!/^\d+$/.test(text)) {
    row.fault(column, `${text === "" ? "is empty" : `is "${text}"`}; expected a number such as 10000032`);
  }
  return text;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
