import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import type { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { artifactsOfModel } from "../models/artifactsOfModel.js";
import { modelFromArtifacts } from "../models/modelFromArtifacts.js";
import { type ModelFiles, readArtifacts } from "../models/readArtifacts.js";
import { joinedWeights } from "../models/weightEntries.js";
import { modelFile, replaceModelFiles } from "./replaceModelFiles.js";

/** As large as the converter's, which browsers fetch side by side and keep in their caches. */
const converterShardBytes = 4 * 2 ** 20;

/**
 * Saves a model into a folder as model.json and weights files of 4 MiB, TensorFlow.js's own format, which a browser can
 * load too. The model's contract goes with it. The optimizer does not. The same model gives the same files.
 *
 * A model that is there is replaced as a whole: whoever loads the folder meanwhile, or finds it after a crash, gets
 * the old one or the new one. Other files of the folder stay. Saves of one process take turns; two processes must not
 * save into one folder at a time.
 *
 * @param directory made where it is absent
 * @throws ModelError, its `subject` the weight, when two have one name, as in two nested models with equal layers
 */
export async function saveModel(model: LayersModel, directory: string): Promise<void> {
  await replaceModelFiles(directory, await filesOf(model));
}

/**
 * What {@link saveModel} writes: content by file name, model.json last.
 *
 * @internal
 */
export async function filesOf(model: LayersModel): Promise<Record<string, string | Uint8Array>> {
  return filesOfArtifacts(await artifactsOfModel(model));
}

/** Files of a model: content by name, model.json last. The names of the weights files tell their content apart. */
export function filesOfArtifacts(
  artifacts: io.ModelArtifacts,
  shardBytes = converterShardBytes,
): Record<string, string | Uint8Array> {
  const { weightData, weightSpecs = [], modelTopology, ...rest } = artifacts;
  const data = new Uint8Array(joinedWeights(weightData));
  const hash = createHash("sha256").update(data).digest("hex").slice(0, 16);
  const count = Math.max(1, Math.ceil(data.length / shardBytes));
  const files: Record<string, string | Uint8Array> = {};
  for (let i = 0; i < count; i++) {
    files[`weights-${hash}-${i + 1}of${count}.bin`] = data.subarray(i * shardBytes, (i + 1) * shardBytes);
  }
  const weightsManifest = [{ paths: Object.keys(files), weights: weightSpecs }];
  files[modelFile] = JSON.stringify({ ...rest, modelTopology, weightsManifest });
  return files;
}

/**
 * Loads a model from a folder that holds model.json and the weights that it names, as `openModel` does from elsewhere. The
 * model gives the same outputs as the one that was saved, and carries its contract if it had one.
 *
 * @throws ModelError, its `subject` the file's path, when model.json or a weights file is absent, is not as it should
 *   be, names weights outside the folder, or holds more or fewer bytes than model.json says; or the unknown layer class or the weight at fault
 */
export async function loadModel(directory: string): Promise<LayersModel> {
  return modelFromArtifacts(await readModelFolder(directory), join(directory, modelFile));
}

/** Reads what {@link filesOfArtifacts} gave, or TensorFlow.js's converter wrote. */
export async function readModelFolder(directory: string): Promise<io.ModelArtifacts> {
  const json = join(directory, modelFile);
  const files: ModelFiles = {
    json,
    locate: (path) => within(directory, path, json),
    read: (file) =>
      read(file, file === json ? "expected a folder that saveModel wrote" : "model.json names it"),
  };
  for (;;) {
    const before = await identityOf(json);
    try {
      return await readArtifacts(files);
    } catch (error) {
      // A model that was saved meanwhile took the weights of the former one away.
      if (before === undefined || (await identityOf(json)) === before) throw error;
    }
  }
}

function within(directory: string, path: string, json: string): string {
  const file = join(directory, path);
  const way = relative(directory, file);
  if (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return file;
  throw new ModelError(
    json,
    `${json}: names the weights file "${path}", which lies outside its folder; expected one inside: move it there and name it so`,
  );
}

/** Tells apart files that took each other's place, though they hold the same; undefined for none. */
async function identityOf(file: string): Promise<string | undefined> {
  try {
    const { ino, ctimeNs } = await stat(file, { bigint: true });
    return `${ino} ${ctimeNs}`;
  } catch {
    return undefined;
  }
}

async function read(path: string, expected: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ModelError(path, `${path}: cannot be read; ${expected}`, { cause: error });
  }
}
