import ndarray, { type NdArray } from "ndarray";
import type { Mask } from "../../image.js";
import { renderPhantom } from "../../phantom/renderPhantom.js";
import { csvText } from "../csvText.js";
import { encodePng } from "../encodePng.js";
import { type PhantomFiles, type WrittenIds, writeBelow } from "./phantomWriter.js";

const header = ["id", "patientid", "view", "finding"];

/** Writes phantoms as images and lung masks of the same names. */
export async function writeLungSegmentation({
  dataset,
  directory,
  size,
  onFilm,
}: PhantomFiles): Promise<readonly WrittenIds[]> {
  const rows: (readonly string[])[] = [header];
  const ids: WrittenIds[] = [];
  for (const study of dataset.studies) {
    const { image, lungMask } = renderPhantom(study, size);
    const imageId = `${study.imageId}.png`;
    await writeBelow(directory, `images/${imageId}`, await encodePng(image.pixels as NdArray<Uint8Array>));
    await writeBelow(directory, `masks/${imageId}`, await encodePng(blackAndWhite(lungMask)));
    rows.push([imageId, study.patientId, study.view, study.findings.join("|") || "No Finding"]);
    ids.push({ imageId, patientId: study.patientId });
    onFilm();
  }
  await writeBelow(directory, "index.csv", csvText(rows));
  return ids;
}

function blackAndWhite(mask: Mask): NdArray<Uint8Array> {
  return ndarray(
    mask.data.map((value) => 255 * value),
    mask.shape,
  );
}
