import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
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
 * Lists all files below a folder, through links to folders too, unless they lead back up.
 *
 * @param argument the caller's argument, named in errors
 * @throws ArgumentError when there is no such folder, or it or one below it cannot be read
 */
export async function fileIndex(folder: string, argument: string, signal?: AbortSignal): Promise<FileIndex> {
  const paths: string[] = [];
  try {
    await walk(folder, "", [await realpath(folder)], paths, signal);
  } catch (error) {
    throw folderError(error, folder, argument);
  }
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
      // A name of Linux may hold \, which in tables made on Windows stands between the parts.
      if (whole.has(name)) return resolve(folder, name);
      const wanted = name.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
      if (whole.has(wanted)) return resolve(folder, wanted);
      if (isAbsolute(name)) {
        const inside = relative(folder, name).replaceAll(sep, "/");
        return whole.has(inside) ? resolve(name) : undefined;
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

/**
 * @param above where the folders really are that lead here, the folder itself last: a link to one of them is not followed,
 *   since it would give the same files again
 */
async function walk(
  folder: string,
  prefix: string,
  above: readonly string[],
  paths: string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const inside: (readonly [name: string, place: string])[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) paths.push(prefix + entry.name);
    else if (entry.isDirectory()) inside.push([entry.name, join(above.at(-1)!, entry.name)]);
    else if (entry.isSymbolicLink()) {
      signal?.throwIfAborted();
      const link = join(folder, entry.name);
      const target = await stat(link).catch(() => undefined);
      if (target?.isFile()) paths.push(prefix + entry.name);
      else if (target?.isDirectory()) inside.push([entry.name, await realpath(link)]);
    }
  }
  for (const [name, place] of inside) {
    if (above.includes(place)) continue;
    await walk(join(folder, name), `${prefix}${name}/`, [...above, place], paths, signal);
  }
}

/** What an error of reading a folder becomes: an ArgumentError, unless it is no error of the file system. */
export function folderError(error: unknown, folder: string, argument: string): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  const absent = error.code === "ENOENT" || error.code === "ENOTDIR";
  const message = absent ? `there is no folder "${folder}"` : `"${folder}" cannot be read (${error.message})`;
  return new ArgumentError(argument, message, { cause: error });
}
