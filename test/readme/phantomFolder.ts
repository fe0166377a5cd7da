import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NdArray } from "ndarray";
import { phantomDataset } from "radiolucent";
import { encodePng, loadStudyImage } from "radiolucent/node";

const header =
  "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position," +
  "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]";

/** Writes phantoms as ChestX-ray14 is laid out: the table of its 2020 edition, and images in `images_001/images`. */
export async function writePhantomFolder(folder: string, patients: number): Promise<void> {
  const dataset = phantomDataset({ patients, size: 64, seed: "readme" });
  const images = join(folder, "images_001", "images");
  await mkdir(images, { recursive: true });
  const rows: string[] = [];
  for (const [i, study] of dataset.studies.entries()) {
    const { imageId, patientId, ageYears, sex, view } = study;
    const film = await loadStudyImage(dataset, study);
    await writeFile(join(images, imageId), await encodePng(film.pixels as NdArray<Uint8Array>));
    const findings = dataset.labels.classes.filter((_, c) => dataset.labels.values.get(i, c) === 1);
    const labels = findings.join("|") || "No Finding";
    rows.push([imageId, labels, study.studyId, patientId, ageYears, sex, view, 64, 64, 6.7, 6.7].join(","));
  }
  await writeFile(join(folder, "Data_Entry_2017_v2020.csv"), [header, ...rows, ""].join("\n"));
}
