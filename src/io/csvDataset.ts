import { type CsvColumns, type CsvStudy, csvDefinition } from "../datasets/csvDataset.js";
import type { Dataset } from "../labels/dataset.js";
import { openDataset, type ReadOptions } from "./openDataset.js";

/** Where a table with a column per finding lies and what it means. */
export interface CsvDatasetOptions<Field extends string = string> extends CsvColumns<Field>, ReadOptions {
  /** The table, `.csv` or `.csv.gz`. */
  readonly csv: string;
  /**
   * Folder to which the paths of the image column are relative; a name without its folders is found too, if it is the
   * only one. Without it studies have no path.
   */
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
  const { csv, images, missingImages, signal } = options;
  return openDataset(csvDefinition(options, csv), {
    tables: { rows: csv },
    ...(images !== undefined && { images }),
    ...(missingImages !== undefined && { missingImages }),
    ...(signal && { signal }),
  });
}
