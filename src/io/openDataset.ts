import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { datasetBuilder } from "../datasets/datasetBuilder.js";
import type { DatasetDefinition, TableSource } from "../datasets/defineDataset.js";
import { mainTables } from "../datasets/mainTables.js";
import { checkOneOf } from "../datasets/oneOf.js";
import { ArgumentError } from "../errors.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { namedByHeaders, withHeaders } from "./dicomHeaders.js";
import { type FileIndex, fileIndex, folderError } from "./fileIndex.js";
import { readCsv } from "./readCsv.js";
import { type MissingImages, withPaths } from "./withPaths.js";

/** How a dataset is read from files. */
export interface ReadOptions {
  /**
   * What to do with records whose image file is not there: "drop" (default) counts them in `account.dropped`; "keep" leaves
   * them in, without a path, and counts them in `account.changed`, also where there is not one image, as in a folder that
   * holds only tables; "error" throws.
   */
  readonly missingImages?: MissingImages;
  /**
   * Whether the header of each DICOM image is read, for datasets that take something from it: age, sex, view, ... It
   * takes about three seconds for ten thousand files on a fast disk. Default true.
   */
  readonly headers?: boolean;
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Where a dataset lies. */
export interface DatasetPlace {
  /** Folder with the tables under their published names, plain or with `.gz`, and the images, however deep. */
  readonly root?: string;
  /** Paths of tables that lie elsewhere or have other names, by the names of the definition. */
  readonly tables?: Readonly<Record<string, string>>;
  /** Folder of the images; by default `root`. Without either, studies have no path. */
  readonly images?: string;
}

/**
 * Reads a dataset from files: its tables, and the paths of its images and masks. Optional tables that are not in `root`
 * are left out; `account.joined` lists those that were read.
 *
 * ```ts
 * const dataset = await openDataset(padChestDefinition(), { root: "PadChest" });
 * dataset.account.dropped; // [{ reason: 'no image file in "PadChest"', count: 12, examples: [...] }]
 * ```
 *
 * @param definition made by `defineDataset`
 * @throws TableError for a table that is absent or not as published, or (with "error") for images that are not there; it
 *   lists the faults with their rows and columns
 * @throws ArgumentError when a folder is absent, a table is missing or unknown, a file's name is ambiguous, not one image
 *   was found (unless `missingImages` is "keep"), one file is the image of two studies, or `missingImages` is none of its
 *   words
 */
export async function openDataset<S extends Study>(
  definition: DatasetDefinition<S>,
  place: DatasetPlace & ReadOptions,
): Promise<Dataset<S>> {
  const { root, images = root, missingImages = "drop", headers = true, signal } = place;
  checkOneOf("missingImages", missingImages, ["drop", "keep", "error"]);
  const builder = datasetBuilder(definition);
  for (const [name, file] of await tablePaths(definition.name, definition.tables, place)) {
    const records = builder.table(name, file);
    await readCsv(file, records.add, signal);
    records.end();
  }
  const filesOnly = Object.keys(definition.tables).length === 0;
  const argument = place.images === undefined ? "root" : "images";
  let index: FileIndex | undefined;
  if (images !== undefined && (definition.imageFiles || definition.maskFiles || filesOnly)) {
    index = await fileIndex(images, argument, signal);
  }
  if (filesOnly) {
    if (index === undefined)
      throw new ArgumentError("root", "is absent; the dataset has no table, only files");
    builder.files(index.paths);
  }
  const built = builder.finish();
  if (index === undefined) return built.dataset;
  const { files, changed } = headers
    ? await namedByHeaders(built.dataset, definition, index, signal)
    : { files: index, changed: [] };
  const located = withPaths(built, definition, files, { images: images!, argument, missingImages });
  return headers ? withHeaders(located, definition, changed, signal) : located;
}

/** The file of each table that is there, in the definition's order. */
async function tablePaths(
  dataset: string,
  sources: Readonly<Record<string, TableSource>>,
  { root, tables = {} }: DatasetPlace,
): Promise<readonly (readonly [name: string, file: string])[]> {
  const names = Object.keys(sources);
  const stranger = Object.keys(tables).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new ArgumentError(`tables.${stranger}`, `is no table of ${dataset}; it has ${names.join(", ")}`);
  }
  const present = root === undefined ? new Set<string>() : new Set(await namesIn(root));
  const paths = Object.entries(sources).flatMap(([name, { files, optional }]) => {
    const given = tables[name];
    if (given !== undefined) return [[name, given] as const];
    const found = files.flatMap((file) => [file, `${file}.gz`]).find((file) => present.has(file));
    if (found !== undefined) return [[name, join(root!, found)] as const];
    if (optional) return [];
    throw new ArgumentError(
      "root",
      root === undefined
        ? `is absent; give it, or the path of the table as tables.${name}`
        : `"${root}" holds none of ${files.join(", ")}; give the path of the table as tables.${name}`,
    );
  });
  const mains = mainTables(sources);
  if (mains.length > 1 && !paths.some(([name]) => mains.includes(name))) {
    const files = mains.flatMap((name) => sources[name]!.files);
    throw new ArgumentError(
      "root",
      `${root === undefined ? "is absent" : `"${root}" holds none of ${files.join(", ")}`}; give the path of a table as tables.${mains.join(" or tables.")}`,
    );
  }
  return paths;
}

async function namesIn(root: string): Promise<readonly string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    throw folderError(error, root, "root");
  }
}
