import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { writePhantomDataset } from "radiolucent/node";
import { hashedFile, fixture as torch } from "../fixtures/safetensorsFile.js";

/** Phantoms as they lie in the folders that documents name. */
const folders = {
  "ChestX-ray14": "chestXray14",
  PadChest: "padChest",
  SIIM: "siimPneumothorax",
} as const;

/** Writes small datasets, once for all documents. */
export async function writeDatasets(folder: string): Promise<void> {
  for (const [directory, format] of Object.entries(folders)) {
    const place = join(folder, directory);
    await writePhantomDataset({ format, directory: place, patients: 40, size: 64, seed: "readme" });
  }
}

/** Gives a document's folder what its code reads: the datasets, and models with the outputs that Keras's and PyTorch's code gives. */
export function placeFiles(folder: string, datasets: string): void {
  for (const directory of Object.keys(folders))
    symlinkSync(join(datasets, directory), join(folder, directory));
  const json = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));

  const archive = unzipSync(readFileSync(new URL("../fixtures/keras.zip", import.meta.url)));
  writeFileSync(join(folder, "model.keras"), archive["keras3.sequential.keras"]!);
  const keras = JSON.parse(readFileSync(new URL("../fixtures/keras.json", import.meta.url), "utf8"));
  json("keras-golden.json", {
    images: nested(keras.image, keras.imageShape),
    outputs: keras.outputs.network,
  });

  const { keys, height, width, channels, logits } = torch.full.densenet121;
  writeFileSync(join(folder, "densenet121.safetensors"), hashedFile(keys));
  const waves = Float32Array.from({ length: height * width * channels }, (_, k) => Math.sin(0.37 * k));
  json("torch-golden.json", { images: nested([...waves], [1, height, width, channels]), outputs: [logits] });
}

function nested(values: readonly number[], [size = 1, ...rest]: readonly number[]): unknown {
  const step = values.length / size;
  const parts = Array.from({ length: size }, (_, i) => values.slice(i * step, (i + 1) * step));
  return rest.length === 0 ? values : parts.map((part) => nested(part, rest));
}
