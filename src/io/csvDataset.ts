import { basename, dirname, resolve } from "node:path";
import { type CsvColumns, type CsvStudy, csvDefinition } from "../datasets/csvDataset.js";
import { ArgumentError } from "../errors.js";
import type { Dataset } from "../labels/dataset.js";
import { listFolder, withPaths } from "./imageFiles.js";
import { type ReadOptions, readStudyTable } from "./readStudyTable.js";

/** Where a table with a column per finding lies and what it means. */
export interface CsvDatasetOptions<Field extends string = string> extends CsvColumns<Field>, ReadOptions {
  /** The table, `.csv` or `.csv.gz`. */
  readonly csv: string;
  /** Folder to which the paths of the image column are relative; without it studies have no path. */
  readonly images?: string;
}

/**
 * Reads any CSV file with one row an image and a column per finding.
 *
 * ```ts
 * const dataset = await csvDataset({
 *   csv: "labels.csv", images: "images", imageColumn: "Image", patientColumn: "PatientId",
 *   classes: ["Edema", "Effusion"], keep: ["Split"],
 * });
 * dataset.studies[0].fields.Split; // "train"
 * ```
 *
 * @throws TableError when the file or its header, rows or labels are not as said (see `csvDatasetFromRows`), or
 *   (with "error") names images that are not there; it lists the faults with their rows and columns
 * @throws ArgumentError when the image folder is absent, not one image was found, or `values` or `classes` is wrong
 */
export async function csvDataset<const Field extends string = never>(
  options: CsvDatasetOptions<Field>,
): Promise<Dataset<CsvStudy<Field>>> {
  const { csv, images, imageColumn, missingImages = "drop", signal } = options;
  const table = await readStudyTable(csvDefinition(options, csv), csv, signal);
  if (images === undefined) return table.dataset;
  if ((await listFolder(images)) === undefined) {
    throw new ArgumentError("images", `there is no folder "${images}"`);
  }

  const folders = new Map<string, ReadonlySet<string>>();
  for (const { imageId } of table.dataset.studies) {
    const folder = dirname(resolve(images, imageId));
    if (!folders.has(folder)) folders.set(folder, new Set(await listFolder(folder)));
  }
  const places = { file: csv, column: imageColumn, images, argument: "images", missingImages };
  return withPaths(
    table,
    ({ imageId }) => {
      const path = resolve(images, imageId);
      return folders.get(dirname(path))?.has(basename(path)) ? path : undefined;
    },
    places,
  );
}
