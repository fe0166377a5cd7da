import { ArgumentError } from "../../errors.js";
import type { Dataset } from "../../labels/dataset.js";
import { type PhantomOptions, phantomDataset } from "../../phantom/phantomDataset.js";
import type { PhantomStudy } from "../../phantom/phantomStudy.js";
import { renderPhantom } from "../../phantom/renderPhantom.js";
import { type PhantomFinding, phantomFindings, phantomTubes } from "../../phantom/vocabulary.js";
import { writeChestXray14 } from "./chestXray14Files.js";
import { writeLungSegmentation } from "./lungSegmentationFiles.js";
import { writePadChest } from "./padChestFiles.js";
import type { PhantomWriter } from "./phantomWriter.js";
import { writeSiimPneumothorax } from "./siimPneumothoraxFiles.js";

/** Layouts in which phantoms can be written: those of the adapters of the same names. */
export type PhantomFormat = "chestXray14" | "siimPneumothorax" | "padChest" | "lungSegmentation";

/** What {@link writePhantomDataset} writes. */
export interface WritePhantomOptions {
  /** As which dataset is published. */
  readonly format: PhantomFormat;
  /** Where to; made if it is absent. Files of the same names are replaced. */
  readonly directory: string;
  /** How many patients. */
  readonly patients: number;
  /** Decides everything; default 0. */
  readonly seed?: number | string;
  /** Rows and columns of the films; default 256. */
  readonly size?: number;
  /** Fewest and most films of a patient; default [1, 4]. */
  readonly imagesPerPatient?: readonly [fewest: number, most: number];
  /** Share of films that show a finding, for all findings or one by one; default 0.3. */
  readonly prevalence?: PhantomOptions["prevalence"];
  /** Called after each film. */
  readonly onProgress?: (written: number, total: number) => void;
  /** Ends the writing with the signal's reason, between two films. */
  readonly signal?: AbortSignal;
}

const formats: Readonly<
  Record<PhantomFormat, { readonly findings: readonly PhantomFinding[]; readonly write: PhantomWriter }>
> = {
  chestXray14: { findings: phantomFindings, write: writeChestXray14 },
  siimPneumothorax: { findings: ["Pneumothorax"], write: writeSiimPneumothorax },
  padChest: { findings: [...phantomFindings, ...phantomTubes], write: writePadChest },
  lungSegmentation: { findings: phantomFindings, write: writeLungSegmentation },
};

/**
 * Writes phantoms as a public dataset is laid out, so that its adapter, and every program that reads it, runs whole
 * without a download:
 *
 * - "chestXray14": Data_Entry_2017_v2020.csv, BBox_List_2017.csv with a box around each finding but a pneumothorax,
 *   train_val_list.txt and test_list.txt (a fifth of the patients), PNG files in images_001/images and images_002/images;
 * - "siimPneumothorax": DICOM files in dicom-images-train, train-rle.csv with two rows for the upper and the lower part of
 *   a pneumothorax and -1 for films without one;
 * - "padChest": 16-bit PNG files in numbered folders and the table, with its list-string labels, tubes, some lateral
 *   projections by name (the films are frontal), and rows that say "suboptimal study" or "exclude";
 * - "lungSegmentation": images, masks and index.csv.
 *
 * ```ts
 * await writePhantomDataset({ format: "padChest", directory: "films", patients: 50, seed: 1 });
 * const dataset = await padChest({ root: "films" });
 * ```
 *
 * @returns the phantoms in the order of the written table, under the ids that they have there; their labels are the truth
 * @throws ArgumentError for an unknown format, or a count or share out of range
 */
export async function writePhantomDataset(options: WritePhantomOptions): Promise<Dataset<PhantomStudy>> {
  const { format, directory, patients, seed = 0, size = 256, imagesPerPatient, prevalence } = options;
  const layout = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (layout === undefined) {
    throw new ArgumentError("options.format", `"${format}" is none of ${Object.keys(formats).join(", ")}`);
  }
  const dataset = phantomDataset({
    patients,
    seed,
    size,
    findings: layout.findings,
    ...(imagesPerPatient && { imagesPerPatient }),
    ...(prevalence !== undefined && { prevalence }),
  });
  const { studies } = dataset;
  const writing = layout.write({ studies, directory, size, seed });
  const written: PhantomStudy[] = [];
  for (const study of studies) {
    const ids = await writing.film(study, renderPhantom(study, size));
    written.push({ ...study, ...ids });
    options.onProgress?.(written.length, studies.length);
    options.signal?.throwIfAborted();
  }
  await writing.tables();
  return { ...dataset, studies: written };
}
