import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { io } from "@tensorflow/tfjs-core";
import { removeUnfinished, replaceFiles } from "./replaceFiles.js";

/** The file that names all others of a model. */
export const modelFile = "model.json";

const weightsFile = /^weights-[0-9a-f]{16}-\d+of\d+\.bin$/;

/**
 * Replaces a model in a folder as a whole: writes the files, model.json after the weights that it names, then removes
 * the weights that only the former model.json named, and what saves that were cut off left behind. Calls in one process take
 * turns.
 *
 * @param files content by name, in the order of writing
 */
export function replaceModelFiles(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const turn = last.then(() => replace(directory, files));
  last = turn.catch(() => undefined);
  return turn;
}

/** The save that this process began last: two at a time would each take the other's weights away. */
let last: Promise<void> = Promise.resolve();

async function replace(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const former = await namedBy(join(directory, modelFile));
  await replaceFiles(directory, files);
  const present = await readdir(directory);
  const stale = present.filter(
    (name) => !Object.hasOwn(files, name) && (former.has(name) || weightsFile.test(name)),
  );
  await Promise.all(stale.map((name) => rm(join(directory, name), { force: true })));
  await removeUnfinished(directory, (name) => Object.hasOwn(files, name) || weightsFile.test(name));
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
