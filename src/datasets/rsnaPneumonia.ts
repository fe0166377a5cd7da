import type { FindingBox, Study } from "../labels/dataset.js";
import { readAge } from "./age.js";
import { readBox } from "./box.js";
import { decimalNumber } from "./decimalNumber.js";
import { type DatasetReader, type DefinedDataset, defineDataset } from "./defineDataset.js";
import { gatheredByImage } from "./gatheredByImage.js";
import { joinedByImage } from "./joinedByImage.js";
import { type PatientOption, patientOfImage } from "./ownPatient.js";
import { headerFacts } from "./studyHeader.js";
import type { TableRow } from "./tableRecords.js";

/** What the contest's readers called a film. */
export type RsnaPneumoniaClass = "Lung Opacity" | "No Lung Opacity / Not Normal" | "Normal";

/** An image of the RSNA Pneumonia Detection Challenge. */
export interface RsnaPneumoniaStudy extends Study {
  /** Boxes around opacities; an empty list where the readers saw none. */
  readonly boxes: readonly FindingBox[];
  /** Column "class" of stage_2_detailed_class_info.csv, where that table is there. */
  readonly filmClass?: RsnaPneumoniaClass;
}

const filmClasses: readonly RsnaPneumoniaClass[] = ["Lung Opacity", "No Lung Opacity / Not Normal", "Normal"];

/** The size of all images of the contest, in which the boxes are given. */
const publishedSize = [1024, 1024] as const;

const boxColumns = { x: "x", y: "y", width: "width", height: "height" } as const;

/**
 * RSNA Pneumonia Detection Challenge, stage 2 (Shih et al., Radiology: Artificial Intelligence 2019). One class,
 * "Pneumonia": the readers saw an opacity suspicious for pneumonia. Its tables:
 *
 * - `labels`, the main one: stage_2_train_labels.csv, a record for each box. The records of a `patientId` are one study:
 *   Target 1 with a box each, or one record with Target 0 and no box, which gives an empty list of boxes. Boxes are in
 *   pixels of 1024 x 1024 (`boxSize`). Faults: a Target other than 0 and 1, Target 0 with a box or beside another
 *   record, Target 1 without a box, a box that stands twice or reaches beyond the image.
 * - `classes`, optional: stage_2_detailed_class_info.csv, each study's `filmClass`. It must be "Lung Opacity" where Target
 *   is 1 and nowhere else.
 * - `headers`, optional: stage_2_train_images_dicom_headers.csv, values of the DICOM headers as one table, joined by
 *   PatientID: age (above 120 years unknown, and counted), sex, view and pixel spacing.
 *
 * Where DICOM files are read and the table of headers is absent, age, sex, view and spacing come from the files' headers.
 *
 * The images are images of ChestX-ray14 under new names: never train on one set and test on the other. The contest's
 * patient id is one per image, although most images of ChestX-ray14 are of patients with several. So each image counts as
 * a patient of its own, which is counted in `account.changed`, and a split by patient does not keep a person's images
 * together. The RSNA publishes a mapping to the names of ChestX-ray14, which begin with the patient's number; with it:
 *
 * ```ts
 * const mapping = JSON.parse(await readFile("pneumonia-challenge-dataset-mappings_2018.json", "utf8"));
 * const patients = new Map(mapping.map((image) => [image.subset_img_id, image.img_id.split("_")[0]]));
 * const dataset = await rsnaPneumonia({ root: "rsna", patientOf: (imageId) => patients.get(imageId) });
 * ```
 */
export function rsnaPneumoniaDefinition(options: PatientOption = {}): DefinedDataset<RsnaPneumoniaStudy> {
  return defineDataset<RsnaPneumoniaStudy>({
    name: "RSNA Pneumonia",
    tables: {
      classes: {
        files: ["stage_2_detailed_class_info.csv"],
        columns: ["patientId", "class"],
        optional: true,
      },
      headers: {
        files: ["stage_2_train_images_dicom_headers.csv"],
        columns: ["PatientID"],
        optionalColumns: ["PatientAge", "PatientSex", "ViewPosition", "PixelSpacing"],
        optional: true,
      },
      labels: {
        files: ["stage_2_train_labels.csv"],
        columns: ["patientId", ...Object.values(boxColumns), "Target"],
      },
    },
    idColumns: { image: "patientId", patient: "patientId" },
    imageFiles: ({ imageId }) => [".dcm", ".png", ".jpg"].map((ending) => imageId + ending),
    fromHeader: (study, header) => ({ ...headerFacts(header), ...study }),
    read: () => rsnaPneumoniaReader(options),
  });
}

function rsnaPneumoniaReader(options: PatientOption): DatasetReader<RsnaPneumoniaStudy> {
  const classes = joinedByImage<RsnaPneumoniaClass>();
  const headers = joinedByImage<Partial<Study>>();
  const images = gatheredByImage<{ target?: string; readonly boxes: FindingBox[] }>(() => ({ boxes: [] }));

  const readLabel = (row: TableRow): undefined => {
    const image = images.take(row, "patientId");
    if (image === undefined) return;
    const { value, line } = image;
    const target = row.text("Target");
    if (target !== "0" && target !== "1") {
      row.fault("Target", `is "${target}"; expected 0 or 1`);
      return;
    }
    if (image.records > 1 && (target === "0" || value.target === "0")) {
      row.fault("patientId", `stands already in row ${line}; an image without opacity has one record`);
    }
    value.target ??= target;
    if (target === "1") {
      const box = readOpacity(row);
      if (box && value.boxes.some((other) => sameBox(box, other))) {
        row.fault("x", "the same box stands already on this image");
      }
      if (box) value.boxes.push(box);
    } else if (Object.values(boxColumns).some((column) => row.text(column) !== "")) {
      row.fault("Target", "is 0 beside a box; expected 1, or no box");
    }
  };

  return {
    classes: ["Pneumonia"],
    tables: {
      classes(row) {
        const imageId = row.text("patientId");
        const text = row.text("class");
        const filmClass = filmClasses.find((name) => name === text);
        if (filmClass === undefined) {
          row.fault("class", `is "${text}"; expected ${filmClasses.map((name) => `"${name}"`).join(", ")}`);
          return undefined;
        }
        const before = classes.get(imageId) ?? filmClass;
        if (before !== filmClass) row.fault("class", `"${imageId}" has the class "${before}" already`);
        classes.add("classes", imageId, filmClass);
        return undefined;
      },
      headers(row) {
        const imageId = row.text("PatientID");
        if (headers.get(imageId)) row.fault("PatientID", `"${imageId}" stands twice`);
        headers.add("headers", imageId, readHeaderRecord(row));
        return undefined;
      },
      labels: readLabel,
    },
    *finish(report) {
      for (const { imageId, line, records, value } of images) {
        const positive = value.target === "1";
        const filmClass = classes.take(imageId);
        if (filmClass && value.target && (filmClass === "Lung Opacity") !== positive) {
          report.fault(line, "Target", `is ${value.target}, but the class of "${imageId}" is "${filmClass}"`);
        }
        yield {
          study: {
            imageId,
            patientId: patientOfImage(imageId, options, report.change),
            ...headers.take(imageId),
            boxes: value.boxes,
            boxSize: publishedSize,
            ...(filmClass !== undefined && { filmClass }),
          },
          labels: [positive ? 1 : 0],
          records,
          line,
        };
      }
      for (const joined of [classes, headers]) joined.reportRest(report, "its image is not among the labels");
    },
  };
}

function readOpacity(row: TableRow): FindingBox | undefined {
  const box = readBox(row, boxColumns);
  if (box === undefined) return undefined;
  const [rows, columns] = publishedSize;
  if (box.x + box.width > columns) row.fault("width", `reaches beyond the image's ${columns} columns`);
  if (box.y + box.height > rows) row.fault("height", `reaches beyond the image's ${rows} rows`);
  return { finding: "Pneumonia", ...box };
}

function sameBox(a: FindingBox, b: FindingBox): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function readHeaderRecord(row: TableRow): Partial<Study> {
  const age = readAge(row, "PatientAge");
  const sex = row.text("PatientSex");
  const view = row.text("ViewPosition");
  const spacing = readSpacing(row, "PixelSpacing");
  return {
    ...(view !== "" && { view }),
    ...(age !== undefined && { ageYears: age }),
    ...(sex !== "" && { sex }),
    ...(spacing && { pixelSpacingMm: spacing }),
  };
}

/** One number for both directions, or two as DICOM writes them: vertical\horizontal. */
function readSpacing(row: TableRow, column: string): readonly [number, number] | undefined {
  const text = row.text(column);
  if (text === "") return undefined;
  const [vertical, horizontal = vertical, ...more] = text.split("\\").map(decimalNumber);
  if (vertical! > 0 && horizontal! > 0 && more.length === 0) return [vertical!, horizontal!];
  row.fault(column, `is "${text}"; expected millimetres, as one number or two with \\ between`);
  return undefined;
}
