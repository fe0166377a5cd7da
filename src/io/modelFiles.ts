import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { io, serialization } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { isRadiolucentError, ModelError } from "../errors.js";
import { SeededDropout } from "../layers/seededDropout.js";
import { replaceFiles } from "./replaceFiles.js";

const modelFile = "model.json";
const weightsFile = "weights.bin";

/**
 * Saves a model into a folder as model.json and weights.bin, TensorFlow.js's own format, which a browser can load too.
 * The model's contract goes with it. The optimizer does not. Files that are there are replaced, each as a whole.
 *
 * @param directory made where it is absent
 */
export async function saveModel(model: LayersModel, directory: string): Promise<void> {
  await replaceFiles(directory, await filesOf(model));
}

/**
 * What {@link saveModel} writes: content by file name.
 *
 * @internal
 */
export async function filesOf(model: LayersModel): Promise<Record<string, string | Uint8Array>> {
  const files: Record<string, string | Uint8Array> = {};
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      const { weightData, weightSpecs, ...rest } = artifacts;
      const json: io.ModelJSON = {
        ...rest,
        modelTopology: artifacts.modelTopology!,
        weightsManifest: [{ paths: [weightsFile], weights: weightSpecs ?? [] }],
      };
      files[weightsFile] = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
      files[modelFile] = JSON.stringify(json);
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  return files;
}

/**
 * Loads a model from a folder that holds model.json and the weights that it names. The model gives the same outputs as
 * the one that was saved, and carries its contract if it had one.
 *
 * @throws ModelError, its `subject` the file's path, when model.json or a weights file is absent, is not as it should
 *   be, or holds more or fewer bytes than model.json says
 */
export async function loadModel(directory: string): Promise<LayersModel> {
  const path = join(directory, modelFile);
  const json = parseModel(path, await read(path, "expected a folder that saveModel wrote"));
  const load = async (
    manifest: io.WeightsManifestConfig,
  ): Promise<[io.WeightsManifestEntry[], ArrayBuffer]> => {
    const groups = await Promise.all(manifest.map((group) => readGroup(directory, group)));
    const data = Buffer.concat(groups);
    return [
      manifest.flatMap(({ weights }) => weights),
      data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength),
    ];
  };
  serialization.registerClass(SeededDropout);
  try {
    const artifacts = await io.getModelArtifactsForJSON(json, load);
    return await loadLayersModel(io.fromMemory(artifacts));
  } catch (error) {
    if (!(error instanceof Error) || isRadiolucentError(error)) throw error;
    throw new ModelError(path, `${path}: cannot be made into a model: ${error.message}`, { cause: error });
  }
}

function parseModel(path: string, content: Buffer): io.ModelJSON {
  try {
    const json = JSON.parse(content.toString("utf8")) as io.ModelJSON;
    if (json.modelTopology && Array.isArray(json.weightsManifest)) return json;
  } catch (error) {
    throw new ModelError(path, `${path}: is not whole JSON; save or fetch the model again`, { cause: error });
  }
  throw new ModelError(
    path,
    `${path}: has no modelTopology and weightsManifest; expected a TensorFlow.js layers model`,
  );
}

const bytesOf: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

async function readGroup(directory: string, group: io.WeightsManifestConfig[number]): Promise<Buffer> {
  const paths = group.paths.map((name) => join(directory, name));
  const data = Buffer.concat(await Promise.all(paths.map((path) => read(path, "model.json names it"))));
  const expected = group.weights.reduce((sum, { shape, dtype, quantization }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return sum + size * (bytesOf[quantization?.dtype ?? dtype] ?? Number.NaN);
  }, 0);
  if (data.length !== expected) {
    const file = paths.join(" and ");
    throw new ModelError(
      paths[0] ?? directory,
      `${file}: ${data.length} bytes where model.json lists weights of ${expected}; save or fetch the model again`,
    );
  }
  return data;
}

async function read(path: string, expected: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ModelError(path, `${path}: cannot be read; ${expected}`, { cause: error });
  }
}
