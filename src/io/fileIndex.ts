import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { ArgumentError } from "../errors.js";

/** The files below a folder. */
export interface FileIndex {
  /** Their paths relative to the folder, with / between parts, sorted. */
  readonly paths: readonly string[];
  /**
   * The absolute path of the file with a name: its path relative to the folder, or the end of that path
   * ("train/patient00001/view1.jpg", "00000001_000.png"), or an absolute path. Undefined where there is none.
   *
   * @throws ArgumentError when several files end so and none is named by its whole path
   */
  find(name: string): string | undefined;
}

/**
 * Lists all files below a folder, through links to folders too.
 *
 * @param argument the caller's argument, named in errors
 * @throws ArgumentError when there is no such folder
 */
export async function fileIndex(folder: string, argument: string, signal?: AbortSignal): Promise<FileIndex> {
  const paths: string[] = [];
  await walk(folder, "", new Set(), paths, signal).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
    throw new ArgumentError(argument, `there is no folder "${folder}"`, { cause: error });
  });
  paths.sort();
  const whole = new Set(paths);
  // By the number of parts, since a file name alone may be that of every image ("view1_frontal.jpg").
  const byEnd = new Map<number, ReadonlyMap<string, readonly string[]>>();
  const endingIn = (end: string): readonly string[] => {
    const parts = end.split("/").length;
    let ends = byEnd.get(parts);
    if (ends === undefined) {
      ends = pathsByEnd(paths, parts);
      byEnd.set(parts, ends);
    }
    return ends.get(end) ?? [];
  };
  return {
    paths,
    find(name) {
      const wanted = name.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
      if (whole.has(wanted)) return resolve(folder, wanted);
      if (isAbsolute(name)) {
        const inside = paths.find((path) => resolve(folder, path) === resolve(name));
        return inside === undefined ? undefined : resolve(folder, inside);
      }
      const same = endingIn(wanted);
      if (same.length > 1) {
        throw new ArgumentError(
          argument,
          `"${name}" is ambiguous in "${folder}": ${same.slice(0, 3).join(", ")}; give the folder of the images that are meant`,
        );
      }
      return same[0] === undefined ? undefined : resolve(folder, same[0]);
    },
  };
}

function pathsByEnd(paths: readonly string[], parts: number): ReadonlyMap<string, readonly string[]> {
  const ends = new Map<string, string[]>();
  for (const path of paths) {
    let start = path.length;
    for (let part = 0; part < parts; part++) start = path.lastIndexOf("/", start - 1);
    const end = path.slice(start + 1);
    const same = ends.get(end);
    if (same === undefined) ends.set(end, [path]);
    else same.push(path);
  }
  return ends;
}

async function walk(
  folder: string,
  prefix: string,
  above: ReadonlySet<string>,
  paths: string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const linked: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) paths.push(prefix + entry.name);
    else if (entry.isDirectory()) linked.push(entry.name);
    else if (entry.isSymbolicLink()) {
      const target = await stat(join(folder, entry.name)).catch(() => undefined);
      if (target?.isFile()) paths.push(prefix + entry.name);
      else if (target?.isDirectory()) linked.push(entry.name);
    }
  }
  if (linked.length === 0) return;
  const here = await realpath(folder);
  if (above.has(here)) return;
  const inside = new Set(above).add(here);
  for (const name of linked) await walk(join(folder, name), `${prefix}${name}/`, inside, paths, signal);
}

/** Whether a file or folder is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
