import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  assertNoLeakage,
  describeDataset,
  fit,
  phantomDataset,
  renderPhantom,
  simpleCnn,
  splitByPatient,
  useBackend,
  weightedBinaryCrossentropy,
} from "radiolucent";
import { checkDataset, encodePng, imageBatches } from "radiolucent/node";
import { kermanyPneumonia } from "./kermanyPneumonia.js";

const { NaN: unknown } = Number;
/** Names as published, with what they tell. */
const films = [
  ["train/NORMAL/IM-0001-0001.jpeg", "IM-0001", [0, 0, 0]],
  ["train/NORMAL/IM-0002-0001-0002.jpeg", "IM-0002", [0, 0, 0]],
  ["train/PNEUMONIA/person1_bacteria_1.jpeg", "person1", [1, 1, 0]],
  ["train/PNEUMONIA/person1_bacteria_2.jpeg", "person1", [1, 1, 0]],
  ["train/PNEUMONIA/person2_virus_3.jpeg", "person2", [1, 0, 1]],
  ["train/PNEUMONIA/VIRUS-1008087-0001.jpeg", "1008087", [1, 0, 1]],
  ["train/PNEUMONIA/BACTERIA-1037165-0003.jpeg", "1037165", [1, 1, 0]],
  ["val/NORMAL/NORMAL-1049278-0001.jpeg", "1049278", [0, 0, 0]],
  ["val/NORMAL/NORMAL2-IM-0001-0001.jpeg", "IM-0001", [0, 0, 0]],
  ["test/NORMAL/NORMAL2-IM-0007-0001.jpeg", "IM-0007", [0, 0, 0]],
  ["test/PNEUMONIA/person1_virus_6.jpeg", "person1", [1, 0, 1]],
  ["test/PNEUMONIA/person3_7.jpeg", "person3", [1, unknown, unknown]],
] as const;

describe("Kermany's children", () => {
  let root = "";
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "kermany-"));
    const phantoms = phantomDataset({ patients: films.length, seed: 1 }).studies;
    const write = async (path: string, bytes: Uint8Array | string) => {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), bytes);
    };
    for (const [i, [path]] of films.entries()) {
      await write(path, await encodePng(renderPhantom(phantoms[i]!, 64).image.pixels));
    }
    await write("train/NORMAL/.DS_Store", "");
    await write("train/NORMAL/person9_virus_1.jpeg", ""); // a child with pneumonia among those without
    await write("README.txt", "");
  });
  after(() => rm(root, { recursive: true }));

  test("the contract of a dataset holds, opened twice, and every film loads", async () => {
    const check = await checkDataset(() => kermanyPneumonia({ root }), { images: films.length });
    assert.deepEqual(check, { studies: films.length, images: films.length, masks: 0 });
    console.log("checkDataset:", check);
  });

  test("folders and names tell patient, labels and published set", async () => {
    const { studies, labels } = await kermanyPneumonia({ root });
    assert.deepEqual(labels.classes, ["Pneumonia", "Bacterial_pneumonia", "Viral_pneumonia"]);
    const read = studies.map(({ imageId, patientId, split }, r) => ({
      ...{ imageId, patientId, split },
      labels: labels.classes.map((_, c) => labels.values.get(r, c)),
    }));
    const told = films.map(([imageId, patientId, of]) => ({
      ...{ imageId, patientId, split: imageId.split("/")[0] },
      labels: [...of],
    }));
    const byName = (a: { imageId: string }, b: { imageId: string }) => (a.imageId < b.imageId ? -1 : 1);
    assert.deepEqual(read.sort(byName), told.sort(byName));
  });

  test("a folder without sets above it reads alike, without a split", async () => {
    const { studies } = await kermanyPneumonia({ root: join(root, "val") });
    assert.deepEqual(
      studies.map(({ imageId, split }) => [imageId, split]),
      [
        ["NORMAL/NORMAL-1049278-0001.jpeg", undefined],
        ["NORMAL/NORMAL2-IM-0001-0001.jpeg", undefined],
      ],
    );
  });

  test("files that are no films, and names that belong to the other folder, are counted", async () => {
    const { dropped, rowsRead } = (await kermanyPneumonia({ root })).account;
    assert.equal(rowsRead, films.length + 3);
    assert.deepEqual(
      dropped.map(({ reason, count }) => [reason, count]),
      [
        ["in neither NORMAL nor PNEUMONIA", 1],
        ["no name of a film in NORMAL", 2],
      ],
    );
  });

  test("it is split by patient, and a network learns from two batches with unknown labels among them", async () => {
    await useBackend("cpu");
    const dataset = await kermanyPneumonia({ root });
    const sets = splitByPatient(dataset, { fractions: { train: 0.7, test: 0.3 }, seed: 1 });
    assertNoLeakage(sets);
    const batchSize = Math.ceil(sets.train.studies.length / 2);
    const training = imageBatches(sets.train, {
      size: 32,
      batchSize,
      normalization: { method: "per-image" },
    });
    const model = simpleCnn({
      ...training.format,
      classes: training.classes,
      filters: [4],
      kernelSize: 3,
      seed: 1,
    });
    const { epochs } = await fit(model, { training, loss: weightedBinaryCrossentropy(), epochs: 1 });
    assert.equal(epochs[0]!.steps, 2);
    assert.ok(Number.isFinite(epochs[0]!.trainingLoss));
    model.dispose();
  });
});

const sample = process.env.KERMANY_DATA;
describe("The real films", { skip: sample ? false : "the variable KERMANY_DATA names no folder" }, () => {
  test("the contract holds, and every film's name is understood", async () => {
    const check = await checkDataset(() => kermanyPneumonia({ root: sample! }), { images: 20 });
    const dataset = await kermanyPneumonia({ root: sample! });
    const { images, patients, findings } = describeDataset(dataset);
    console.log("checkDataset:", check);
    console.log(`${images} films of ${patients} children`);
    for (const { finding, positive, negative, unknown } of findings)
      console.log(`${finding}: ${positive} present, ${negative} absent, ${unknown} unknown`);
    assert.ok(!dataset.account.dropped.some(({ reason }) => reason.startsWith("no name of a film")));
  });
});
