import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { StudyTable } from "../datasets/studyTable.js";
import { ArgumentError, TableError } from "../errors.js";
import { type Dataset, type Study, selectStudies } from "../labels/dataset.js";

/** What to do with a record whose image file is not there. */
export type MissingImages = "drop" | "error";

/** Names of what lies in a folder; undefined where there is no such folder. */
export async function listFolder(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw error;
  }
}

/**
 * The absolute path of every file of a ChestX-ray14 image folder, by its name. Looked through, in this order: the
 * folder, its `images`, and each `images_001`, `images_002`, ... with the `images` inside it. Of two files of one name
 * the first is taken.
 *
 * @param argument the caller's argument, named in errors
 * @throws ArgumentError when there is no such folder
 */
export async function chestXray14Files(
  folder: string,
  argument: string,
): Promise<ReadonlyMap<string, string>> {
  const entries = await listFolder(folder);
  if (entries === undefined) throw new ArgumentError(argument, `there is no folder "${folder}"`);
  const parts = entries.filter((name) => /^images(_\d+)?$/.test(name)).sort();
  const base = resolve(folder);
  const folders = [base, ...parts.flatMap((part) => [join(base, part), join(base, part, "images")])];
  const files = new Map<string, string>();
  for (const each of folders) {
    for (const name of (await listFolder(each)) ?? []) {
      if (!files.has(name)) files.set(name, join(each, name));
    }
  }
  return files;
}

/** Where a table and its images are, for {@link withPaths}. */
export interface ImagePlaces {
  /** The table. */
  readonly file: string;
  /** Its column of image names. */
  readonly column: string;
  /** The image folder. */
  readonly images: string;
  /** The caller's argument that gave the folder. */
  readonly argument: string;
  /** What to do where there is none. */
  readonly missingImages: MissingImages;
}

/**
 * Gives each study the path of its image.
 *
 * @param pathOf the path; undefined where there is no file
 * @throws ArgumentError when not one image was found
 * @throws TableError when some were not found and `missingImages` is "error"
 */
export function withPaths<S extends Study>(
  { dataset, lines }: StudyTable<S>,
  pathOf: (study: S) => string | undefined,
  { file, column, images, argument, missingImages }: ImagePlaces,
): Dataset<S> {
  const kept: number[] = [];
  const missing: number[] = [];
  const studies = dataset.studies.map((study, i) => {
    const path = pathOf(study);
    (path === undefined ? missing : kept).push(i);
    return path === undefined ? study : { ...study, path };
  });
  const located = { ...dataset, studies };
  if (missing.length === 0) return located;

  const names = missing.map((i) => studies[i]!.imageId);
  if (kept.length === 0) {
    throw new ArgumentError(
      argument,
      `not one of the ${names.length} images that ${file} names, such as "${names[0]}", was found in "${images}"`,
    );
  }
  if (missingImages === "error") {
    const problems = missing.slice(0, 20).map((i) => {
      const value = studies[i]!.imageId;
      return { row: lines[i]!, column, value, message: `"${value}" is not in "${images}"` };
    });
    const advice = 'Add the images, or leave these rows out with missingImages: "drop".';
    throw new TableError(file, problems, advice, missing.length);
  }
  const { account } = dataset;
  const dropped = {
    reason: `no image file in "${images}"`,
    count: names.length,
    examples: names.slice(0, 5),
  };
  return {
    ...selectStudies(located, kept),
    account: { ...account, rowsKept: kept.length, dropped: [...account.dropped, dropped] },
  };
}
