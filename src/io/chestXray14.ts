import { join } from "node:path";
import { type ChestXray14Study, chestXray14Definition } from "../datasets/chestXray14.js";
import { ArgumentError } from "../errors.js";
import type { Dataset } from "../labels/dataset.js";
import { chestXray14Files, listFolder, withPaths } from "./imageFiles.js";
import { type ReadOptions, readStudyTable } from "./readStudyTable.js";

/** Where ChestX-ray14 lies. */
export type ChestXray14Source =
  | {
      /**
       * Folder that holds Data_Entry_2017_v2020.csv, Data_Entry_2017.csv or metadata.csv (the first of these that is
       * there, plain or with `.gz`) and the images: in it, in `images`, or in `images_001/images` and so on.
       */
      readonly root: string;
    }
  | {
      /** The table, `.csv` or `.csv.gz`. */
      readonly csv: string;
      /** Folder of the images, laid out as below `root`; without it studies have no path. */
      readonly images?: string;
    };

/** The tables that a root folder may hold, best first. */
const tables = ["Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv", "metadata.csv"].flatMap((name) => [
  name,
  `${name}.gz`,
]);

/**
 * Reads ChestX-ray14 (NIH Clinical Center; Wang et al., CVPR 2017), whole or in part: any of its tables in the columns
 * of Data_Entry_2017.csv or Data_Entry_2017_v2020.csv. How each column is read, `chestXray14FromRows` says.
 *
 * ```ts
 * const dataset = await chestXray14({ root: "ChestX-ray14" });
 * dataset.account.dropped; // [{ reason: 'no image file in "ChestX-ray14"', count: 12, examples: [...] }]
 * ```
 *
 * @throws TableError when the table is absent, is not as published, or (with "error") names images that are not there;
 *   it lists the faults with their rows and columns
 * @throws ArgumentError when a folder is absent, `root` holds no table, or not one image was found
 */
export async function chestXray14(
  source: ChestXray14Source & ReadOptions,
): Promise<Dataset<ChestXray14Study>> {
  const { missingImages = "drop", signal } = source;
  const argument = "root" in source ? "root" : "images";
  const images = "root" in source ? source.root : source.images;
  const csv = "root" in source ? await findTable(source.root) : source.csv;
  const definition = chestXray14Definition();
  const table = await readStudyTable(definition, csv, signal);
  if (images === undefined) return table.dataset;

  const files = await chestXray14Files(images, argument);
  const places = { file: csv, column: definition.imageColumn, images, argument, missingImages };
  return withPaths(table, (study) => files.get(study.imageId), places);
}

async function findTable(root: string): Promise<string> {
  const entries = await listFolder(root);
  if (entries === undefined) throw new ArgumentError("root", `there is no folder "${root}"`);
  const table = tables.find((name) => entries.includes(name));
  if (table === undefined) {
    throw new ArgumentError(
      "root",
      `"${root}" holds none of ${tables.join(", ")}; give { csv, images } instead`,
    );
  }
  return join(root, table);
}
