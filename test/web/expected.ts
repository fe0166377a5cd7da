import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contractOf, type Dataset, labelMatrix, type Mask, predict, segment, useBackend } from "radiolucent";
import { imageBatches, loadModel } from "radiolucent/node";
import type { TestFile } from "./films.js";

/** What the library says in Node. */
export interface Expected {
  /** By finding. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** Where the lungs are, at the model's input size; undefined for a model that finds none. */
  readonly lungs: Mask | undefined;
}

/** What the library says in Node of a file, with the model in a folder: the reference for the page. */
export async function expectedOf(folder: string, { name, bytes }: TestFile): Promise<Expected> {
  await useBackend("onnx");
  const directory = await mkdtemp(join(tmpdir(), "radiolucent-film-"));
  const model = await loadModel(folder);
  try {
    const path = join(directory, name);
    await writeFile(path, bytes);
    const { input, heads } = contractOf(model);
    const { classes } = heads[0]!;
    const dataset: Dataset = {
      name: "one film",
      studies: [{ imageId: name, patientId: name, path }],
      labels: labelMatrix(classes, [classes.map(() => Number.NaN)]),
      account: { rowsRead: 1, rowsKept: 1, dropped: [], changed: [] },
    };
    const { height, width, channels, normalization } = input;
    const images = { size: [height, width], channels, normalization: normalization!, workers: 0 } as const;
    const { probabilities } = await predict(model, imageBatches(dataset, images), { head: heads[0]!.name });
    let lungs: Mask | undefined;
    if (heads.some(({ kind }) => kind === "segmentation")) {
      for await (const { masks } of segment(model, imageBatches(dataset, images))) lungs = masks.Lungs;
    }
    return {
      probabilities: Object.fromEntries(classes.map((finding, c) => [finding, probabilities.get(0, c)])),
      lungs,
    };
  } finally {
    model.dispose();
    await rm(directory, { recursive: true, force: true });
  }
}
