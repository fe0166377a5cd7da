/**
 * The figures of docs/guides/sizes-and-memory.md that no other command gives: what models, checkpoints, the cache and the films
 * themselves take on disk.
 *
 *     npx tsx bench/guides.ts                        about a minute on two cores
 *     npx tsx bench/guides.ts --images FOLDER        films (PNG) of your own; default ../shared/data/nih-1024/images
 *
 * Each model is trained for one step of Adam on two small films, since what is kept does not depend on the size of films.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import {
  chestXray14Findings,
  denseNet,
  efficientNet,
  fit,
  labelMatrix,
  phantomDataset,
  resNet,
  simpleCnn,
  unet,
  useBackend,
  weightedBinaryCrossentropy,
} from "../src/index.js";
import { checkpointFolder, imageBatches, saveModel } from "../src/io/index.js";
import { datasetBatches } from "../src/training/index.js";
import { markdown } from "./trainingTable.js";

const { values: option } = parseArgs({
  options: {
    images: {
      type: "string",
      default: fileURLToPath(new URL("../../shared/data/nih-1024/images", import.meta.url)),
    },
  },
});
const folder = mkdtempSync(join(tmpdir(), "radiolucent-bench-"));
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/** Bytes of all files below a folder, or of those that a name fits, and how many. */
function sizeOf(directory: string, name = /./): { readonly bytes: number; readonly files: number } {
  const sizes = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: sizes.length };
}

try {
  console.log(`${await modelTable()}\n`);
  console.log(await filmTable(option.images));
} finally {
  rmSync(folder, { recursive: true });
}

async function modelTable(): Promise<string> {
  await useBackend("onnx");
  const classes = chestXray14Findings;
  const side = { height: 64, width: 64 };
  const networks: Record<string, () => LayersModel> = {
    "simpleCnn, 7x7 (defaults)": () => simpleCnn({ height: 128, width: 128, classes }),
    "efficientNet B0": () => efficientNet({ ...side, classes }),
    denseNet121: () => denseNet({ ...side, depth: 121, classes }),
    resNet34: () => resNet({ ...side, depth: 34, classes }),
    resNet50: () => resNet({ ...side, depth: 50, classes }),
    "unet on resNet34": () => unet({ encoder: resNet({ ...side, depth: 34 }), masks: ["Lungs"] }),
  };
  const rows = [["network", "values", "model on disk, MB", "checkpoint to go on from, MB", "ratio"]];
  for (const [name, build] of Object.entries(networks)) {
    const model = build();
    const directory = join(folder, name);
    const [, height = 0] = model.inputs[0]!.shape as number[];
    const films = phantomDataset({ patients: 2, imagesPerPatient: [1, 1], size: height });
    const blank = films.studies.map(() => classes.map(() => 0));
    const dataset = { ...films, labels: labelMatrix(classes, blank) };
    const training = datasetBatches(dataset, { size: height, batchSize: 2, masks: ["Lungs"] });
    await saveModel(model, join(directory, "model"));
    await fit(model, {
      training,
      loss: weightedBinaryCrossentropy(),
      epochs: 1,
      checkpoint: checkpointFolder(join(directory, "checkpoint")),
    });
    const saved = sizeOf(join(directory, "model")).bytes;
    const state = sizeOf(join(directory, "checkpoint"), /\.safetensors$/).bytes;
    const values = model.weights.reduce(
      (sum, { shape }) => sum + (shape as number[]).reduce((product, extent) => product * extent, 1),
      0,
    );
    rows.push([
      name,
      values.toLocaleString("en"),
      megabytes(saved),
      megabytes(state),
      (state / saved).toFixed(2),
    ]);
    model.dispose();
  }
  return markdown(rows);
}

async function filmTable(images: string): Promise<string> {
  const names = readdirSync(images).filter((name) => name.endsWith(".png"));
  const { bytes, files } = sizeOf(images, /\.png$/);
  const rows = [
    ["what", "bytes a film", "112,120 films, GB"],
    [`the PNG files themselves, ${files} of them`, ...perFilm(bytes, files)],
  ];
  const dataset = {
    name: "films",
    studies: names.map((imageId) => ({ imageId, patientId: imageId, path: join(images, imageId) })),
    labels: labelMatrix(
      ["Finding"],
      names.map(() => [0]),
    ),
    account: { rowsRead: names.length, rowsKept: names.length, dropped: [], changed: [] },
  };
  for (const size of [224, 320, 512, 1024]) {
    const cache = join(folder, `cache-${size}`);
    for await (const _ of imageBatches(dataset, { size, cache }));
    rows.push([`cache at ${size} px`, ...perFilm(sizeOf(cache).bytes, names.length)]);
  }
  return markdown(rows);
}

function perFilm(bytes: number, films: number): [string, string] {
  const mean = bytes / films;
  return [Math.round(mean).toLocaleString("en"), ((mean * 112_120) / 1e9).toFixed(1)];
}
