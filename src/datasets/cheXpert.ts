import { cheXpertFindings } from "../labels/cheXpertFindings.js";
import type { Study } from "../labels/dataset.js";
import { readAge } from "./age.js";
import {
  type BlankLabels,
  type CheXpertLabels,
  cheXpertColumns,
  cheXpertLabelReader,
} from "./cheXpertLabels.js";
import { type DefinedDataset, defineDataset, type StudyEntry } from "./defineDataset.js";
import { checkOneOf } from "./oneOf.js";
import type { TableRow } from "./tableRecords.js";

/** An image of CheXpert. */
export interface CheXpertStudy extends Study {
  /** Whether it is a frontal film; absent where neither the table nor the file's name says. */
  readonly frontal?: boolean;
  /**
   * What "No Finding" says: none of the twelve findings, devices aside. Absent where it is blank and where a finding that is
   * present contradicts it.
   */
  readonly noFinding?: boolean;
}

/** How CheXpert is read. */
export interface CheXpertOptions {
  /**
   * Whose labels of the training set: of the CheXpert labeler (train.csv, default), CheXbert (train_cheXbert.csv) or
   * VisualCheXbert (train_visualCheXbert.csv), which the publisher gives in files of the same form.
   */
  readonly labeler?: "chexpert" | "chexbert" | "visualchexbert";
  /** How labels are read that the table leaves blank. Default "unknown". */
  readonly blank?: BlankLabels;
}

const trainFiles = {
  chexpert: "train.csv",
  chexbert: "train_cheXbert.csv",
  visualchexbert: "train_visualCheXbert.csv",
} as const;

/**
 * CheXpert (Irvin et al., AAAI 2019). Tables `train` (train.csv, or as `labeler` says), `valid` (valid.csv or
 * val_labels.csv) and `test` (test_labels.csv), each optional, make one dataset; a study's `split` is the table's name.
 *
 * - Labels: {@link cheXpertFindings}, whose values are 1.0, 0.0, -1.0 and blank. -1.0 is 1 in `uncertain` and NaN in the
 *   labels; blank is NaN unless `blank` says otherwise. "No Finding" is not a class, since it repeats the others: it
 *   becomes `noFinding`, and where it stands beside a finding that is present, `noFinding` is left out and counted.
 * - "Path", whatever it begins with: `patientId` is its last part of the form patient00001, `imageId` all from there on
 *   behind the set ("train/patient00001/study1/view1_frontal.jpg"), `studyId` "patient00001/study1". Image files are found by
 *   that end, in whatever folders they lie.
 * - `view` is "AP/PA" (AP, PA; LL and RL stand on a few films that the table calls frontal) or, where that is blank,
 *   "Frontal" or "Lateral". `frontal` is "Frontal/Lateral" or, in tables without that column, what the file's name says.
 * - `ageYears` is "Age" as it stands: the publisher cuts it at 90, and a few records have 0. `sex` is "M" for "Male", "F" for
 *   "Female" and absent for "Unknown".
 *
 * "Path" and the columns of the findings must be there; the others are read where they are.
 *
 * @throws ArgumentError for an option that is none of those named
 */
export function cheXpertDefinition(options: CheXpertOptions = {}): DefinedDataset<CheXpertStudy> {
  const { labeler = "chexpert", blank = "unknown" } = options;
  checkOneOf("options.labeler", labeler, Object.keys(trainFiles));
  const table = {
    columns: ["Path", ...cheXpertColumns],
    optionalColumns: ["Sex", "Age", "Frontal/Lateral", "AP/PA", "No Finding"],
    optional: true,
    main: true,
  } as const;
  return defineDataset<CheXpertStudy>({
    name: "CheXpert",
    tables: {
      train: { ...table, files: [trainFiles[labeler]] },
      valid: { ...table, files: ["valid.csv", "val_labels.csv"] },
      test: { ...table, files: ["test_labels.csv"] },
    },
    idColumns: { image: "Path", patient: "Path" },
    read() {
      const readLabels = cheXpertLabelReader(blank);
      const reader = (split: string) => (row: TableRow) => readStudy(row, split, readLabels);
      return {
        classes: cheXpertFindings,
        tables: { train: reader("train"), valid: reader("valid"), test: reader("test") },
      };
    },
    imageFiles: ({ imageId }) => {
      const inSet = imageId.slice(imageId.indexOf("/") + 1);
      // The validation images of CheXlocalize lie in "val"; the publisher's archives are in parts that name no set.
      return imageId.startsWith("valid/") ? [imageId, `val/${inSet}`, inSet] : [imageId, inSet];
    },
  });
}

function readStudy(
  row: TableRow,
  split: string,
  readLabels: (row: TableRow) => CheXpertLabels,
): StudyEntry<CheXpertStudy> {
  const { labels, uncertain, noFinding } = readLabels(row);
  const { patientId, studyId, inSet } = readPath(row);
  const frontal = isFrontal(row);
  const view = row.text("AP/PA") || (frontal === undefined ? "" : frontal ? "Frontal" : "Lateral");
  const age = readAge(row, "Age");
  const sex = row.text("Sex");
  return {
    study: {
      imageId: inSet === "" ? "" : `${split}/${inSet}`,
      patientId,
      ...(studyId !== undefined && { studyId }),
      split,
      ...(view !== "" && { view }),
      ...(frontal !== undefined && { frontal }),
      ...(age !== undefined && { ageYears: age }),
      ...(sex !== "" && sex !== "Unknown" && { sex: sex === "Male" ? "M" : sex === "Female" ? "F" : sex }),
      ...(noFinding !== undefined && { noFinding }),
    },
    labels,
    uncertain,
  };
}

function readPath(row: TableRow): { patientId: string; studyId?: string; inSet: string } {
  const path = row.text("Path");
  const parts = path.replaceAll("\\", "/").split("/");
  const at = parts.slice(0, -1).findLastIndex((part) => /^patient\d+$/.test(part));
  if (at < 0) {
    const expected = "expected a path such as train/patient00001/study1/view1_frontal.jpg";
    if (path !== "") row.fault("Path", `"${path}" names no patient; ${expected}`);
    return { patientId: path, inSet: path };
  }
  const patientId = parts[at]!;
  const examination = /^study\d+$/.exec(parts[at + 1]!)?.[0];
  return {
    patientId,
    ...(examination !== undefined && { studyId: `${patientId}/${examination}` }),
    inSet: parts.slice(at).join("/"),
  };
}

function isFrontal(row: TableRow): boolean | undefined {
  const text = row.text("Frontal/Lateral");
  if (text === "Frontal" || text === "Lateral") return text === "Frontal";
  if (text !== "") row.fault("Frontal/Lateral", `is "${text}"; expected Frontal or Lateral`);
  const match = /_(frontal|lateral)\b/i.exec(row.text("Path"));
  return match === null ? undefined : match[1]!.toLowerCase() === "frontal";
}
