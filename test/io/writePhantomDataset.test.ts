import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Mask } from "../../src/image.js";
import { maskBounds } from "../../src/images/maskBoxes.js";
import { readPixels } from "../../src/images/readPixels.js";
import { checkDataset } from "../../src/io/checkDataset.js";
import { chestXray14 } from "../../src/io/chestXray14.js";
import { loadStudyImage } from "../../src/io/loadStudyImage.js";
import { loadStudyMasks } from "../../src/io/loadStudyMasks.js";
import { lungSegmentation } from "../../src/io/lungSegmentation.js";
import { padChest } from "../../src/io/padChest.js";
import { type PhantomFormat, writePhantomDataset } from "../../src/io/phantoms/writePhantomDataset.js";
import { siimPneumothorax } from "../../src/io/siimPneumothorax.js";
import type { Dataset, Study } from "../../src/labels/dataset.js";
import { selectClasses } from "../../src/labels/labelMatrix.js";
import type { PhantomStudy } from "../../src/phantom/phantomStudy.js";
import { renderPhantom } from "../../src/phantom/renderPhantom.js";
import { temporaryFolders } from "./temporaryFolder.js";

const folderOf = temporaryFolders();
const size = 64;

async function written(format: PhantomFormat) {
  const root = folderOf({});
  const truth = await writePhantomDataset({ format, directory: root, patients: 20, seed: 3, size });
  return { root, truth };
}

const ids = ({ studies }: Dataset) => studies.map(({ imageId, patientId }) => `${patientId}/${imageId}`);

/** The studies of a dataset read back, in the order of the truth. */
function inOrderOf(truth: Dataset<PhantomStudy>, { studies }: Dataset): readonly Study[] {
  const byId = new Map(studies.map((study) => [study.imageId, study]));
  return truth.studies.map(({ imageId }) => byId.get(imageId)!);
}

/** The files' pixels, in 256 grey values, are those of the phantoms. */
async function expectFilms(dataset: Dataset, truth: Dataset<PhantomStudy>): Promise<void> {
  for (const [i, study] of inOrderOf(truth, dataset).entries()) {
    if (i % 7 > 0) continue;
    const { values, span } = readPixels(await loadStudyImage(dataset, study));
    const drawn = renderPhantom(truth.studies[i]!, size).image.pixels.data;
    expect(Array.from(values, (value) => (value * 255) / span)).toEqual(Array.from(drawn));
  }
}

describe("writePhantomDataset", () => {
  it("chestXray14: the adapter reads labels, ages, boxes and lists back, and patients of the lists are disjoint", async () => {
    const { root, truth } = await written("chestXray14");
    const dataset = await chestXray14({ root, missingImages: "error" });
    expect(ids(dataset)).toEqual(ids(truth));
    expect(selectClasses(dataset.labels, truth.labels.classes)).toEqual(truth.labels);
    const facts = ({ ageYears, sex, view }: Study) => [ageYears, sex, view];
    expect(dataset.studies.map(facts)).toEqual(truth.studies.map(facts));
    const patientsOf = (split: string) =>
      new Set(dataset.studies.flatMap((study) => (study.split === split ? [study.patientId] : [])));
    expect([patientsOf("train_val").size, patientsOf("test").size]).toEqual([16, 4]);
    expect([...patientsOf("test")].filter((id) => patientsOf("train_val").has(id))).toEqual([]);
    for (const [i, study] of dataset.studies.entries()) {
      const film = renderPhantom(truth.studies[i]!, size);
      for (const { finding, x, y, width, height } of study.boxes ?? []) {
        const bounds = maskBounds(film.findingMasks[finding as "Nodule"]!)!;
        expect([x, y, width, height].map((value) => (value * size) / 1024)).toEqual([
          bounds.x,
          bounds.y,
          bounds.width,
          bounds.height,
        ]);
      }
    }
    expect(dataset.studies.flatMap(({ boxes = [] }) => boxes).length).toBeGreaterThan(10);
    await expectFilms(dataset, truth);
    await checkDataset(() => chestXray14({ root }));
  });

  it("siimPneumothorax: age, sex, view and patient come from the DICOM headers, and two rows are one mask", async () => {
    const { root, truth } = await written("siimPneumothorax");
    expect(readFileSync(join(root, "train-rle.csv"), "utf8")).toMatch(/^ImageId, EncodedPixels\n/);
    const dataset = await siimPneumothorax({ root, missingImages: "error" });
    expect(ids(dataset)).toEqual(ids(truth));
    expect(dataset.labels).toEqual(truth.labels);
    const facts = ({ ageYears, sex, view }: Study) => [ageYears, sex, view];
    expect(dataset.studies.map(facts)).toEqual(truth.studies.map(facts));
    expect(dataset.account.merged).toBeGreaterThan(3);
    for (const [i, study] of dataset.studies.entries()) {
      const { Pneumothorax } = await loadStudyMasks(dataset, study);
      const drawn: Mask | undefined = renderPhantom(truth.studies[i]!, size).findingMasks.Pneumothorax;
      expect(Pneumothorax?.data).toEqual(drawn?.data ?? new Uint8Array(size * size));
    }
    await expectFilms(dataset, truth);
    await checkDataset(() => siimPneumothorax({ root }));
  });

  it("padChest: 16-bit films, findings as labels and tubes as the second set, unknown where the row says exclude", async () => {
    const { root, truth } = await written("padChest");
    const findings = ["Cardiomegaly", "Effusion", "Pneumothorax"];
    const dataset = await padChest({ root, classes: findings, missingImages: "error" });
    expect(ids(dataset)).toEqual(ids(truth));
    const wanted = selectClasses(truth.labels, findings);
    for (const [i, study] of dataset.studies.entries()) {
      const known = !study.excluded && (study.normal || study.findings.length > 0);
      for (const [c] of findings.entries()) {
        expect(dataset.labels.values.get(i, c)).toBe(known ? wanted.values.get(i, c) : Number.NaN);
      }
    }
    expect(dataset.studies.some(({ excluded }) => excluded)).toBe(true);
    const tubes = dataset.labelSets!.tubes!;
    const order = ["Chest_drain", "Nasogastric_tube", "Endotracheal_tube", "Tracheostomy_tube"];
    const drawn = selectClasses(truth.labels, order);
    const positive = (values: ArrayLike<number>) => Array.from(values).filter((value) => value === 1).length;
    expect(positive(tubes.values.data)).toBeGreaterThan(0.85 * positive(drawn.values.data));
    expect(dataset.studies.some(({ view }) => view === "AP_horizontal")).toBe(true);
    expect((await loadStudyImage(dataset, dataset.studies[0]!)).range).toEqual([0, 65535]);
    await expectFilms(dataset, truth);
    await checkDataset(() => padChest({ root, classes: findings }));
  });

  it("lungSegmentation: every film has a mask, the phantom's lungs", async () => {
    const { root, truth } = await written("lungSegmentation");
    const dataset = await lungSegmentation({ root });
    expect(ids(dataset)).toEqual(ids(truth));
    for (const [i, study] of dataset.studies.entries()) {
      const { Lungs } = await loadStudyMasks(dataset, study);
      expect(Lungs?.data).toEqual(renderPhantom(truth.studies[i]!, size).lungMask.data);
    }
    await expectFilms(dataset, truth);
    await checkDataset(() => lungSegmentation({ root }));
  });

  it("writes the same bytes for the same seed", async () => {
    const [a, b] = await Promise.all([written("padChest"), written("padChest")]);
    const table = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv";
    expect(readFileSync(join(a.root, table))).toEqual(readFileSync(join(b.root, table)));
    expect(a.truth.studies).toEqual(b.truth.studies);
  });

  it("refuses a format that it does not know, and ends with the signal's reason", async () => {
    const options = { directory: folderOf({}), patients: 2 };
    await expect(writePhantomDataset({ ...options, format: "mimic" as never })).rejects.toThrow(
      'options.format: "mimic" is none of chestXray14,',
    );
    const reason = new Error("stopped");
    const signal = AbortSignal.abort(reason);
    await expect(writePhantomDataset({ ...options, format: "padChest", signal })).rejects.toBe(reason);
  });
});
