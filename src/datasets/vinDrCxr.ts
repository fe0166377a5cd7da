import type { DicomHeader } from "../dicom/header.js";
import type { AggregationRule } from "../labels/aggregateVotes.js";
import { vinBigDataFindings } from "../labels/vinDrCxrFindings.js";
import { readBox } from "./box.js";
import { decimalNumber } from "./decimalNumber.js";
import { type DatasetReader, type DefinedDataset, defineDataset } from "./defineDataset.js";
import { gatheredByImage } from "./gatheredByImage.js";
import { nearName } from "./nearName.js";
import { readPositive } from "./numbers.js";
import { checkOneOf } from "./oneOf.js";
import { type ReaderVotes, type ReadStudy, readerStudies } from "./readerVotes.js";
import { headerFacts } from "./studyHeader.js";
import type { TableRow } from "./tableRecords.js";
import { physioNetTables } from "./vinDrCxrPhysioNet.js";

/** An image of VinDr-CXR. `boxes` name the reader who drew them as `annotator`. */
export type VinDrCxrStudy = ReadStudy;

/** How VinDr-CXR is read. */
export interface VinDrCxrOptions {
  /**
   * How the readers' votes become `labels`, as `aggregateAnnotations` says; default "majority". Three readers read each
   * training image, so a majority has no ties: two of three decide.
   */
  readonly aggregate?: AggregationRule;
  /**
   * Which publication it is: "vinbigdata" (default) is the contest's train.csv with 14 findings; "physionet-train" and
   * "physionet-test" are VinDr-CXR of PhysioNet with 27.
   */
  readonly edition?: "vinbigdata" | "physionet-train" | "physionet-test";
}

const corners = { left: "x_min", top: "y_min", right: "x_max", bottom: "y_max" } as const;

/** Stands for the absence of every finding. */
const none = "No finding";

/**
 * VinDr-CXR (Nguyen et al., Scientific Data 2022), of which the VinBigData contest is the training part. Seventeen readers
 * read, three of them each training image. They stay apart: `labelSets` has a set for each, "R1" to "R17", unknown where
 * the reader did not read the image; a box's `annotator` is the reader. `labels` are their votes joined by the rule
 * `aggregate`. A finding that a reader did not mark is absent for that reader.
 *
 * - edition "vinbigdata": `annotations`, train.csv, a record for each box, or for each reader who saw nothing ("No
 *   finding", which is all zeros). The columns width and height of scaled copies, where they are there, are the size of
 *   the image that the boxes were drawn on (`boxSize`). Faults: a class other than the 14 and "No finding", a `class_id`
 *   of another class, "No finding" with a box or beside another record of the same reader, a box turned inside out, two
 *   sizes of one image.
 * - edition "physionet-train": `labels`, image_labels_train.csv, a record for each image and reader with a column for each
 *   of 27 findings and "No finding", 0 or 1 (1.0 too) or blank for unknown; and, optional, `boxes`, annotations_train.csv.
 *   A 1 under "No finding" beside a finding is counted, and the finding counts. `split` is "train".
 * - edition "physionet-test": the same of the test set, `split` "test". Its tables give what five readers agreed on, not
 *   who they were: one reader, "consensus".
 *
 * No patient is named: each image counts as a patient of its own, which is counted in `account.changed`. Where DICOM
 * files are read, age, sex, view, pixel spacing and the boxes' image size come from their headers.
 *
 * @throws ArgumentError for a rule or an edition that is not there
 */
export function vinDrCxrDefinition(options: VinDrCxrOptions = {}): DefinedDataset<VinDrCxrStudy> {
  const { aggregate = "majority", edition = "vinbigdata" } = options;
  checkOneOf("options.aggregate", aggregate, ["majority", "consensus", "any"]);
  checkOneOf("options.edition", edition, ["vinbigdata", "physionet-train", "physionet-test"]);
  const common = {
    name: "VinDr-CXR",
    idColumns: { image: "image_id", patient: "image_id" },
    imageFiles: ({ imageId }: VinDrCxrStudy) =>
      [".dicom", ".dcm", ".png", ".jpg"].map((ending) => imageId + ending),
    fromHeader,
  };
  if (edition !== "vinbigdata") {
    return defineDataset<VinDrCxrStudy>({ ...common, ...physioNetTables(edition, aggregate) });
  }
  return defineDataset<VinDrCxrStudy>({
    ...common,
    tables: {
      annotations: {
        files: ["train.csv", "vinbigdata-train.csv"],
        columns: ["image_id", "class_name", "rad_id", ...Object.values(corners)],
        optionalColumns: ["class_id", "height", "width"],
      },
    },
    read: () => contestReader(aggregate),
  });
}

function fromHeader(study: VinDrCxrStudy, header: DicomHeader): VinDrCxrStudy {
  const { rows, columns } = header;
  const size = study.boxes && rows !== undefined && columns !== undefined;
  return { ...headerFacts(header), ...(size && { boxSize: [rows, columns] as const }), ...study };
}

function contestReader(aggregate: AggregationRule): DatasetReader<VinDrCxrStudy> {
  const images = gatheredByImage<ReaderVotes>(() => ({ readers: new Map(), boxes: [] }));
  const readRecord = (row: TableRow): undefined => {
    const image = images.take(row, "image_id");
    if (image === undefined) return;
    const reader = row.text("rad_id");
    if (reader === "") row.fault("rad_id", "is empty; expected the reader's name");
    const { readers, boxes } = image.value;
    const before = readers.get(reader);
    const finding = readClass(row);
    if (finding === undefined) return;

    const votes = before ?? vinBigDataFindings.map(() => 0);
    readers.set(reader, votes);
    const height = readPositive(row, "height");
    const width = readPositive(row, "width");
    if (height !== undefined && width !== undefined) {
      image.value.size ??= [height, width];
      const [rows, columns] = image.value.size;
      if (rows !== height) row.fault("height", `is ${height}, but ${rows} in another record of the image`);
      if (columns !== width) row.fault("width", `is ${width}, but ${columns} in another record of the image`);
    }
    if (finding === none) {
      if (before !== undefined) row.fault("class_name", `"${none}" stands beside a record of ${reader}'s`);
      if (Object.values(corners).some((column) => row.text(column) !== "")) {
        row.fault("class_name", `"${none}" has a box; expected none`);
      }
      return;
    }
    if (before?.every((vote) => vote === 0)) {
      row.fault("class_name", `"${finding}" stands beside a "${none}" of ${reader}'s`);
    }
    votes[vinBigDataFindings.indexOf(finding)] = 1;
    const box = readBox(row, corners);
    if (box) boxes?.push({ finding, ...box, annotator: reader });
  };
  return {
    classes: vinBigDataFindings,
    tables: { annotations: readRecord },
    finish: (report) => readerStudies(images, vinBigDataFindings, aggregate, report),
  };
}

function readClass(row: TableRow): (typeof vinBigDataFindings)[number] | typeof none | undefined {
  const text = row.text("class_name");
  const names = [...vinBigDataFindings, none] as const;
  const name = names.find((known) => known === text);
  if (name === undefined) {
    const near = nearName(text, names);
    const hint = near === undefined ? "" : `; is it "${near}"?`;
    row.fault("class_name", `"${text}" is not one of the 14 findings nor "${none}"${hint}`);
    return undefined;
  }
  const id = row.text("class_id");
  if (id !== "" && decimalNumber(id) !== names.indexOf(name)) {
    row.fault("class_id", `is ${id}, and "${name}" is ${names.indexOf(name)}`);
  }
  return name;
}
