import { oldestAge } from "../labels/age.js";
import type { Study } from "../labels/dataset.js";
import { decimalNumber } from "./decimalNumber.js";
import type { PadChestCell } from "./padChestLabels.js";
import type { TableRow } from "./tableRecords.js";

/** An image of PadChest. */
export interface PadChestStudy extends Study {
  /** Number of the folder that the image is in (column "ImageDir"). */
  readonly imageDir?: string;
  /** Day of the examination as YYYYMMDD. */
  readonly studyDate?: string;
  /** How the report was labelled: "Physician" or "RNN_model" (column "MethodLabel"). */
  readonly labelMethod?: string;
  /** All findings listed, in PadChest's words, whether or not they count for a class. */
  readonly findings: readonly string[];
  /** Whether anything is listed. */
  readonly labelled: boolean;
  /** Whether "normal" is listed. */
  readonly normal: boolean;
  /** Whether the publisher marked it "exclude"; its labels are unknown. */
  readonly excluded: boolean;
  /** Whether it is marked "suboptimal study". */
  readonly suboptimal: boolean;
  /** Whether "unchanged" is listed: the report says that nothing has changed since an earlier one. */
  readonly unchanged: boolean;
}

/** Columns that {@link readPadChestStudy} reads where they are there. */
export const padChestStudyColumns = [
  "ImageDir",
  "StudyID",
  "Projection",
  "PatientSex_DICOM",
  "PatientBirth",
  "MethodLabel",
  "StudyDate_DICOM",
];

/** Reads what PadChest's table says of a study; `view` is its projection. */
export function readPadChestStudy(row: TableRow, { findings, remarks }: PadChestCell): PadChestStudy {
  const imageDir = textOf(row, "ImageDir");
  const studyId = textOf(row, "StudyID");
  const view = textOf(row, "Projection");
  const sex = textOf(row, "PatientSex_DICOM");
  const labelMethod = textOf(row, "MethodLabel");
  const studyDate = readDate(row, "StudyDate_DICOM");
  const ageYears = readAgeAt(row, studyDate);
  return {
    imageId: textOf(row, "ImageID"),
    patientId: textOf(row, "PatientID"),
    ...(studyId !== "" && { studyId }),
    ...(imageDir !== "" && { imageDir }),
    ...(view !== "" && { view }),
    ...(sex !== "" && { sex }),
    ...(ageYears !== undefined && { ageYears }),
    ...(studyDate !== undefined && { studyDate }),
    ...(labelMethod !== "" && { labelMethod }),
    findings,
    labelled: findings.length + remarks.size > 0,
    normal: remarks.has("normal"),
    excluded: remarks.has("exclude"),
    suboptimal: remarks.has("suboptimal study"),
    unchanged: remarks.has("unchanged"),
  };
}

/** The table was written with pandas, which leaves such words for what is missing. */
function textOf(row: TableRow, column: string): string {
  const text = row.text(column);
  return text === "nan" || text === "None" ? "" : text;
}

/** Reads YYYYMMDD, as a whole number or, as pandas writes columns with gaps, with a fraction of 0. */
function readDate(row: TableRow, column: string): string | undefined {
  const text = textOf(row, column);
  if (text === "") return undefined;
  const date = /^(\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:\.0+)?$/.exec(text)?.[1];
  if (date === undefined) row.fault(column, `"${text}" is no date; expected YYYYMMDD such as 20140915`);
  return date;
}

function readAgeAt(row: TableRow, studyDate: string | undefined): number | undefined {
  const column = "PatientBirth";
  const text = textOf(row, column);
  if (text === "") return undefined;
  const born = decimalNumber(text);
  if (!Number.isInteger(born)) {
    row.fault(column, `"${text}" is no year; expected a year such as 1941 or 1941.0`);
    return undefined;
  }
  if (studyDate === undefined) return undefined;
  const age = Number(studyDate.slice(0, 4)) - born;
  if (age >= 0 && age <= oldestAge) return age;
  row.change(`${column} that gives an age below 0 or above 120 years read as unknown`);
  return undefined;
}
