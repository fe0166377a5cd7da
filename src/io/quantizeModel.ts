import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { artifactsOfModel } from "../models/artifactsOfModel.js";
import {
  type QuantizationOptions,
  type QuantizationReport,
  quantizeArtifacts,
} from "../models/quantizeArtifacts.js";
import { filesOfArtifacts, readModelFolder } from "./modelFiles.js";
import { replaceModelFiles } from "./replaceModelFiles.js";

/**
 * Saves a model into a folder with its weights in fewer bytes, as `quantizeArtifacts` tells: a half of the size with
 * "float16", about a quarter with "uint8". The contract goes with it. `loadModel` and `openModel` read it.
 *
 * ```ts
 * const { bytesBefore, bytesAfter } = await quantizeModel("runs/best", "runs/small", { method: "uint8" });
 * const comparison = await compareModels(await loadModel("runs/best"), await loadModel("runs/small"), test);
 * ```
 *
 * @param source a model, or a folder that holds one
 * @param target another folder, made where it is absent; a model in it is replaced as a whole
 * @throws ModelError for a folder that holds no whole model, a model that `saveModel` refuses, and a weight that is NaN,
 *   infinite or quantised already
 * @throws ArgumentError where `target` is the source's folder, or an option is not as it should be
 */
export async function quantizeModel(
  source: string | LayersModel,
  target: string,
  options: QuantizationOptions,
): Promise<QuantizationReport> {
  if (typeof source === "string" && (await placeOf(source)) === (await placeOf(target))) {
    throw new ArgumentError("target", `is the source's folder, ${target}; keep the model as it was trained`);
  }
  const whole = typeof source === "string" ? await readModelFolder(source) : await artifactsOfModel(source);
  const { artifacts, report } = quantizeArtifacts(whole, options);
  await replaceModelFiles(target, filesOfArtifacts(artifacts));
  return report;
}

/** A folder's path without links; of one that is not there, its absolute path. */
async function placeOf(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch {
    return resolve(directory);
  }
}
