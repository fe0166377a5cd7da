import { chestXray14Findings } from "../labels/chestXray14Findings.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { readAge } from "./age.js";
import { findingListReader } from "./findingList.js";
import { readPositive, readWhole } from "./numbers.js";
import { studiesFromRows, type TableDefinition } from "./studyTable.js";

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

/**
 * The tables Data_Entry_2017.csv (ages such as 058Y, an unnamed last column) and Data_Entry_2017_v2020.csv of
 * ChestX-ray14 (Wang et al., CVPR 2017). The brackets of the header hold commas, so
 * `OriginalImagePixelSpacing[x,y]` is two columns, as in the records.
 *
 * @internal
 */
export function chestXray14Definition(): TableDefinition<ChestXray14Study> {
  const readFindings = findingListReader(chestXray14Findings, "|", "No Finding");
  return {
    name: "ChestX-ray14",
    classes: chestXray14Findings,
    imageColumn: "Image Index",
    patientColumn: "Patient ID",
    columns: ["Finding Labels"],
    read(row) {
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
      return { study, labels: readFindings(row, "Finding Labels") };
    },
  };
}

/**
 * Reads a ChestX-ray14 table that was already split into fields, in a browser for instance; studies have no path.
 * "Finding Labels" is split at | and matched whole; "No Finding" alone is all zeros. `studyId` is the patient's id and
 * the follow-up number, since the number alone repeats from patient to patient. Ages above 120 years (the 2017 table
 * has such) become unknown and are counted in `account.changed`. The columns "Image Index", "Finding Labels" and
 * "Patient ID" must be there; the others are read where they are.
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
  return studiesFromRows(chestXray14Definition(), options.file ?? "rows", rows);
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
