import type { NdArray } from "ndarray";
import { scaleBox } from "../../images/box.js";
import { maskBounds } from "../../images/maskBoxes.js";
import { randomStream } from "../../random.js";
import { csvText } from "../csvText.js";
import { encodePng } from "../encodePng.js";
import { type PhantomFiles, type PhantomWriting, patientNumber, writeBelow } from "./phantomWriter.js";

const entryHeader =
  "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position," +
  "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]";
const boxHeader = "Image Index,Finding Label,Bbox [x,y,w,h],,,";

/** Side of the published images, in whose pixels boxes are given. */
const publishedSide = 1024;

/** Findings that the published set has boxes of. Its "Infiltrate" is spelt unlike the entries; phantoms have none. */
const boxed = ["Cardiomegaly", "Effusion", "Nodule"] as const;

/** Writes phantoms in the layout of ChestX-ray14. */
export function writeChestXray14({ studies, directory, size, seed }: PhantomFiles): PhantomWriting {
  const patients = [...new Set(studies.map(({ patientId }) => patientId))];
  const shuffled = randomStream(seed)
    .fork("test list")
    .shuffle([...patients]);
  const test = new Set(shuffled.slice(0, Math.round(patients.length / 5)));
  const entries: (string | number)[][] = [];
  const boxes: (string | number)[][] = [];
  const lists: Record<"train_val" | "test", string[]> = { train_val: [], test: [] };
  return {
    async film(study, { image, findingMasks }) {
      const number = patientNumber(study);
      const name = `${String(number).padStart(8, "0")}_${String(study.visit).padStart(3, "0")}.png`;
      const part = number % 2 === 1 ? "images_001" : "images_002";
      await writeBelow(
        directory,
        `${part}/images/${name}`,
        await encodePng(image.pixels as NdArray<Uint8Array>),
      );
      const labels = study.findings.join("|") || "No Finding";
      const spacing = study.pixelSpacingMm![0];
      entries.push([
        name,
        labels,
        study.visit,
        number,
        study.ageYears,
        study.sex,
        study.view,
        size,
        size,
        spacing,
        spacing,
      ]);
      for (const finding of boxed) {
        const bounds = findingMasks[finding] && maskBounds(findingMasks[finding]);
        if (!bounds) continue;
        const box = scaleBox(
          bounds,
          { width: size, height: size },
          { width: publishedSide, height: publishedSide },
        );
        boxes.push([name, finding, box.x, box.y, box.width, box.height]);
      }
      lists[test.has(study.patientId) ? "test" : "train_val"].push(name);
      return { imageId: name, patientId: String(number) };
    },
    async tables() {
      const table = (header: string, rows: Iterable<readonly (string | number)[]>) =>
        `${header}\n${csvText(rows)}`;
      await writeBelow(directory, "BBox_List_2017.csv", table(boxHeader, boxes));
      for (const [list, names] of Object.entries(lists)) {
        await writeBelow(directory, `${list}_list.txt`, names.map((name) => `${name}\n`).join(""));
      }
      await writeBelow(directory, "Data_Entry_2017_v2020.csv", table(entryHeader, entries));
    },
  };
}
