import { isRadiolucentError } from "../errors.js";
import { decodeRle, detectRleStarts } from "../images/runLengths.js";
import type { Study } from "../labels/dataset.js";
import { type DatasetReader, type DefinedDataset, defineDataset } from "./defineDataset.js";
import { gatheredByImage } from "./gatheredByImage.js";
import { type PatientOption, patientOfImage } from "./ownPatient.js";
import { headerFacts } from "./studyHeader.js";
import type { TableRow } from "./tableRecords.js";

/** An image of the SIIM-ACR Pneumothorax Segmentation contest. */
export interface SiimPneumothoraxStudy extends Study {
  /** Run lengths of the parts of its mask, as `decodeRle` reads them with relative starts; none for an empty mask. */
  readonly runLengths: readonly string[];
  /** [rows, columns] of the mask: of the DICOM image, where its header was read. */
  readonly maskSize: readonly [number, number];
}

/** How the SIIM-ACR table is read. */
export interface SiimPneumothoraxOptions extends PatientOption {
  /** [rows, columns] of the images that the run lengths are for; default [1024, 1024], which all of the contest's are. */
  readonly size?: readonly [number, number];
}

/**
 * SIIM-ACR Pneumothorax Segmentation (Kaggle, 2019). One class and one mask, "Pneumothorax". Its table:
 *
 * - `rle`: train-rle.csv, or stage_2_train.csv, with ImageId and EncodedPixels (some copies have a space before that name).
 *   -1 is an empty mask and the label 0; anything else is run lengths, which go down the columns and give the gap since
 *   the run before (`decodeRle` with relative starts), and the label 1. Several records of an image are one mask, their
 *   union: 624 of the 2,669 positive images have more than one, and their last records alone hold less than half of the
 *   pixels. Faults: run lengths that do not fit the image, an empty field, -1 beside another record of the image.
 *
 * `openDataset` finds images under their ids, however deep, or else among DICOM files of other names by the SOP Instance
 * UID in their headers, and counts those. From the headers come age, sex, view, pixel spacing, the mask's size (counted
 * where it is not `size`: run lengths of other images than these give a wrong mask) and the patient's id.
 *
 * The table names no patient: each image counts as a patient of its own, which is counted in `account.changed`. The headers'
 * patient ids are one per image as well, although the images are images of ChestX-ray14, most of which are of patients
 * with several. So, without `patientOf`, a split by patient does not keep a person's images together; and never train on
 * one of these sets and test on the other.
 *
 * @throws ArgumentError for a size that is not two whole numbers above 0
 */
export function siimPneumothoraxDefinition(
  options: SiimPneumothoraxOptions = {},
): DefinedDataset<SiimPneumothoraxStudy> {
  const { size = [1024, 1024] } = options;
  decodeRle("", { height: size[0], width: size[1], starts: "relative" });
  return defineDataset<SiimPneumothoraxStudy>({
    name: "SIIM-ACR Pneumothorax",
    tables: { rle: { files: ["train-rle.csv", "stage_2_train.csv"], columns: ["ImageId", "EncodedPixels"] } },
    idColumns: { image: "ImageId", patient: "ImageId" },
    imageFiles: ({ imageId }) => [".dcm", ".png", ".jpg"].map((ending) => imageId + ending),
    nameInHeader: ({ identifying }) => identifying?.sopInstanceUid && `${identifying.sopInstanceUid}.dcm`,
    fromHeader(study, header, change) {
      const patientId = options.patientOf ? undefined : header.identifying?.patientId;
      if (patientId) change("patient's id taken from the DICOM header");
      const [height, width] = study.maskSize;
      if (header.rows !== height || header.columns !== width) {
        change(`run lengths read at the size of the DICOM image, which is not ${height} x ${width}`);
      }
      return {
        ...study,
        ...headerFacts(header),
        ...(patientId && { patientId }),
        maskSize: [header.rows, header.columns],
      };
    },
    maskNames: ["Pneumothorax"],
    loadMasks: ({ runLengths, maskSize: [height, width] }) => ({
      Pneumothorax: decodeRle(runLengths, { height, width, starts: "relative" }),
    }),
    read: () => siimReader(size, options),
  });
}

function siimReader(
  size: readonly [number, number],
  options: PatientOption,
): DatasetReader<SiimPneumothoraxStudy> {
  const images = gatheredByImage<{ readonly runLengths: string[]; empty?: boolean }>(() => ({
    runLengths: [],
  }));
  return {
    classes: ["Pneumothorax"],
    tables: {
      rle(row) {
        const image = images.take(row, "ImageId");
        if (image === undefined) return undefined;
        const text = row.text("EncodedPixels");
        const empty = text === "-1";
        if (image.records > 1 && (empty || image.value.empty)) {
          row.fault("EncodedPixels", `-1 stands beside another record of the image; see row ${image.line}`);
        }
        image.value.empty ||= empty;
        if (!empty) {
          checkRuns(row, text, size);
          image.value.runLengths.push(text);
        }
        return undefined;
      },
    },
    *finish(report) {
      for (const { imageId, line, records, value } of images) {
        const patientId = patientOfImage(imageId, options, report.change);
        yield {
          study: { imageId, patientId, runLengths: value.runLengths, maskSize: size },
          labels: [value.runLengths.length > 0 ? 1 : 0],
          records,
          line,
        };
      }
    },
  };
}

function checkRuns(row: TableRow, text: string, [height, width]: readonly [number, number]): void {
  if (text === "") {
    row.fault("EncodedPixels", "is empty; expected run lengths, or -1 for an empty mask");
    return;
  }
  // Most strings can only be relative, and seeing that takes no picture.
  if (detectRleStarts([text], { height, width }) === "relative") return;
  try {
    decodeRle(text, { height, width, starts: "relative" });
  } catch (error) {
    if (!isRadiolucentError(error, "argument")) throw error;
    row.fault("EncodedPixels", error.message.slice("rle: ".length), `${text.slice(0, 40)} ...`);
  }
}
