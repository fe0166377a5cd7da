import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { io } from "@tensorflow/tfjs-core";
import { replaceFiles } from "./replaceFiles.js";

/** The file that names all others of a model. */
export const modelFile = "model.json";

const weightsFile = /^weights-[0-9a-f]{16}-\d+of\d+\.bin$/;

/** What a save that was cut off leaves of a file. */
const unfinished = /^(.+)\.\d+-\d+\.tmp$/;

/**
 * Replaces a model in a folder as a whole: writes the files, model.json after the weights that it names, then removes
 * the weights that only the former model.json named, and what saves that were cut off left behind.
 *
 * @param files content by name, in the order of writing
 */
export async function replaceModelFiles(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const former = await namedBy(join(directory, modelFile));
  await replaceFiles(directory, files);
  const present = await readdir(directory);
  const stale = present.filter((name) => {
    if (Object.hasOwn(files, name)) return false;
    if (former.has(name) || weightsFile.test(name)) return true;
    const whole = unfinished.exec(name)?.[1];
    return whole !== undefined && (Object.hasOwn(files, whole) || weightsFile.test(whole));
  });
  await Promise.all(stale.map((name) => rm(join(directory, name), { force: true })));
}

/** The files beside a model.json that it names; none where it is absent or broken. */
async function namedBy(json: string): Promise<Set<string>> {
  try {
    const { weightsManifest } = JSON.parse(await readFile(json, "utf8")) as io.ModelJSON;
    const paths = weightsManifest.flatMap(({ paths }) => paths);
    return new Set(paths.filter((path) => basename(path) === path && path.endsWith(".bin")));
  } catch {
    return new Set();
  }
}
