import ndarray from "ndarray";
import { writeDicom } from "../../dicom/writeDicom.js";
import type { Mask } from "../../image.js";
import { encodeRle } from "../../images/runLengths.js";
import { randomStream } from "../../random.js";
import { csvText } from "../csvText.js";
import { type PhantomFiles, type PhantomWriting, patientNumber, writeBelow } from "./phantomWriter.js";

/** The published header has this space too. */
const header = ["ImageId", " EncodedPixels"];

/** Writes phantoms in the layout of the SIIM-ACR pneumothorax contest. */
export function writeSiimPneumothorax({ directory, seed }: PhantomFiles): PhantomWriting {
  const root = `2.25.${
    1 +
    randomStream(seed)
      .fork("DICOM")
      .integer(2 ** 32)
  }`;
  const rows: (readonly string[])[] = [header];
  return {
    async film(study, { image, findingMasks }) {
      const imageId = `${root}.${patientNumber(study)}.${study.visit + 1}`;
      const { patientId, ageYears, sex, view: viewPosition, pixelSpacingMm } = study;
      const content = {
        sopInstanceUid: imageId,
        patientId,
        ageYears,
        sex,
        viewPosition,
        ...(pixelSpacingMm && { pixelSpacingMm }),
      };
      await writeBelow(
        directory,
        `dicom-images-train/${imageId}.1/${imageId}.2/${imageId}.dcm`,
        writeDicom(image, content),
      );
      const parts = findingMasks.Pneumothorax ? upperAndLower(findingMasks.Pneumothorax) : [];
      const encoded = parts
        .map((part) => encodeRle(part, { starts: "relative" }))
        .filter((rle) => rle !== "-1");
      for (const rle of encoded.length > 0 ? encoded : ["-1"]) rows.push([imageId, rle]);
      return { imageId, patientId };
    },
    tables: () => writeBelow(directory, "train-rle.csv", csvText(rows)),
  };
}

/** A mask in two, so that an image has several records as in the published table. They meet at the mask's middle. */
function upperAndLower({ data, shape: [height = 0, width = 0] }: Mask): readonly Mask[] {
  const first = Math.floor(data.indexOf(1) / width);
  const last = Math.floor(data.lastIndexOf(1) / width);
  const middle = width * Math.ceil((first + last) / 2);
  return [
    data.map((value, i) => (i < middle ? value : 0)),
    data.map((value, i) => (i < middle ? 0 : value)),
  ].map((values) => ndarray(values, [height, width]));
}
