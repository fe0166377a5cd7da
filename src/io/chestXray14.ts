import { type ChestXray14Study, chestXray14Definition } from "../datasets/chestXray14.js";
import type { Dataset } from "../labels/dataset.js";
import { type DatasetPlace, openDataset, type ReadOptions } from "./openDataset.js";

/** Where ChestX-ray14 lies. */
export type ChestXray14Source =
  | DatasetPlace
  | {
      /** The table of entries, `.csv` or `.csv.gz`. */
      readonly csv: string;
      /** Folder of the images; without it studies have no path. */
      readonly images?: string;
    };

/**
 * Reads ChestX-ray14 (NIH Clinical Center; Wang et al., CVPR 2017), whole or in part: any of its tables in the columns
 * of Data_Entry_2017.csv or Data_Entry_2017_v2020.csv; boxes, Google's labels of 2019 and the official lists where they
 * lie beside it. How each table is read, `chestXray14Definition` says.
 *
 * ```ts
 * const dataset = await chestXray14({ root: "ChestX-ray14" });
 * dataset.account.dropped; // [{ reason: 'no image file in "ChestX-ray14"', count: 12, examples: [...] }]
 * const expert = withLabelSet(dataset, "google2019");
 * ```
 *
 * @throws TableError and ArgumentError as `openDataset` does
 */
export function chestXray14(source: ChestXray14Source & ReadOptions): Promise<Dataset<ChestXray14Study>> {
  const place: DatasetPlace & ReadOptions & { readonly csv?: string } = source;
  const { csv, tables } = place;
  return openDataset(chestXray14Definition(), {
    ...place,
    ...(csv !== undefined && { tables: { ...tables, entries: csv } }),
  });
}
