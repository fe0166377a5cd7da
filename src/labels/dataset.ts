import type { Image } from "../image.js";
import { type LabelMatrix, selectRows } from "./labelMatrix.js";

/** One image of one patient. Datasets add fields of their own. */
export interface Study {
  /** Names the image within its dataset, such as its file name. */
  readonly imageId: string;
  /** Names the patient within the dataset. */
  readonly patientId: string;
  /** Names the examination, which may hold several images. */
  readonly studyId?: string;
  /** Projection as the dataset names it: PA, AP, L, ... */
  readonly view?: string;
  /** Age at the examination, in years; fractions for infants. */
  readonly ageYears?: number;
  /** Sex as recorded: "F", "M" or the dataset's own word. */
  readonly sex?: string;
  /** Where the image file is. */
  readonly path?: string;
  /** Distance between pixel centres, [vertical, horizontal], in mm. */
  readonly pixelSpacingMm?: readonly [number, number];
}

/** Rows that were left out for one reason. */
export interface DroppedRows {
  /** Why. */
  readonly reason: string;
  /** How many. */
  readonly count: number;
  /** Image ids of the first few. */
  readonly examples: readonly string[];
}

/** Values that were read as something else than they say. */
export interface ChangedValues {
  /** By which rule. */
  readonly rule: string;
  /** How many. */
  readonly count: number;
}

/** What was done between the files and the dataset. */
export interface DatasetAccount {
  /** Records in the table, without its header. */
  readonly rowsRead: number;
  /** Records that became studies. */
  readonly rowsKept: number;
  /** The rest, by reason; the counts add up to `rowsRead - rowsKept`. */
  readonly dropped: readonly DroppedRows[];
  /** Values that were changed, by rule. */
  readonly changed: readonly ChangedValues[];
}

/** Studies and what is known of them. */
export interface Dataset<S extends Study = Study> {
  /** Names the dataset in reports. */
  readonly name: string;
  /** One entry an image. */
  readonly studies: readonly S[];
  /** One row a study, in the order of `studies`. */
  readonly labels: LabelMatrix;
  /** What was read, dropped and changed on the way here. */
  readonly account: DatasetAccount;
  /** Gives a study's image, for datasets whose images are not files. */
  loadImage?(study: S): Image | Promise<Image>;
}

/**
 * Some of a dataset's studies with their labels, in the order given. The account stays that of the whole.
 *
 * @throws ArgumentError for an index outside the dataset
 */
export function selectStudies<D extends Dataset>(dataset: D, indices: ArrayLike<number>): D {
  const labels = selectRows(dataset.labels, indices);
  return { ...dataset, labels, studies: Array.from(indices, (index) => dataset.studies[index]!) };
}
