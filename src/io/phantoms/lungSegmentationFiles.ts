import ndarray, { type NdArray } from "ndarray";
import type { Mask } from "../../image.js";
import { csvText } from "../csvText.js";
import { encodePng } from "../encodePng.js";
import { type PhantomFiles, type PhantomWriting, writeBelow } from "./phantomWriter.js";

const header = ["id", "patientid", "view", "finding"];

/** Writes phantoms as images and lung masks of the same names. */
export function writeLungSegmentation({ directory }: PhantomFiles): PhantomWriting {
  const rows: (readonly string[])[] = [header];
  return {
    async film(study, { image, lungMask }) {
      const imageId = `${study.imageId}.png`;
      await writeBelow(directory, `images/${imageId}`, await encodePng(image.pixels as NdArray<Uint8Array>));
      await writeBelow(directory, `masks/${imageId}`, await encodePng(blackAndWhite(lungMask)));
      rows.push([imageId, study.patientId, study.view, study.findings.join("|") || "No Finding"]);
      return { imageId, patientId: study.patientId };
    },
    tables: () => writeBelow(directory, "index.csv", csvText(rows)),
  };
}

function blackAndWhite(mask: Mask): NdArray<Uint8Array> {
  return ndarray(
    mask.data.map((value) => 255 * value),
    mask.shape,
  );
}
