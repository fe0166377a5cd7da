import type { Image, Mask } from "../image.js";
import type { ClassMatrix } from "../matrix.js";
import type { LabelMatrix } from "./labelMatrix.js";

/** A rectangle that someone drew around a finding, in pixels of the image as stored: x to the right, y down. */
export interface FindingBox {
  /** What it encloses, in the dataset's spelling. */
  readonly finding: string;
  /** Left edge; the first column of pixels covers [0, 1). */
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  /** Extent to the right, above 0. */
  readonly width: number;
  /** Extent downwards, above 0. */
  readonly height: number;
  /** Who drew it, where the dataset says. */
  readonly annotator?: string;
}

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
  /** Set of the dataset's own split that the image belongs to. */
  readonly split?: string;
  /** Boxes around findings; an empty list where someone looked and drew none, absent where nobody looked. */
  readonly boxes?: readonly FindingBox[];
  /** [rows, columns] of the image that the boxes were drawn on, where the files may be scaled copies of it. */
  readonly boxSize?: readonly [number, number];
  /** Where mask files are, by the mask's name; the union of several files is one mask. */
  readonly maskPaths?: Readonly<Record<string, readonly string[]>>;
  /** Name of the dataset that the study came from, once datasets are merged. */
  readonly source?: string;
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

/** A further table that was joined to the main one. */
export interface JoinedTable {
  /** Path or name of the file. */
  readonly table: string;
  /** Records in it, without its header. */
  readonly rowsRead: number;
  /** Records of it that belong to no study, by reason. */
  readonly dropped: readonly DroppedRows[];
}

/** What was done between the files and the dataset: `rowsRead = rowsKept + merged + the sum of all dropped`. */
export interface DatasetAccount {
  /** Records in the main table, without its header; files, where the dataset has no table. */
  readonly rowsRead: number;
  /** Studies that became of them. */
  readonly rowsKept: number;
  /** Records that tell more of a study which an earlier record began; absent where each record is a study. */
  readonly merged?: number;
  /** The rest, by reason. */
  readonly dropped: readonly DroppedRows[];
  /** Values that were changed, by rule. */
  readonly changed: readonly ChangedValues[];
  /** Further tables; absent where there is one only. */
  readonly joined?: readonly JoinedTable[];
}

/** Studies and what is known of them. */
export interface Dataset<S extends Study = Study> {
  /** Names the dataset in reports. */
  readonly name: string;
  /** One entry an image. */
  readonly studies: readonly S[];
  /** One row a study, in the order of `studies`. */
  readonly labels: LabelMatrix;
  /**
   * Shape of `labels`: 1 where the source calls the finding uncertain, otherwise 0. `labels` is NaN there, as it is
   * where the source says nothing; `applyUncertaintyPolicy` makes labels of it. Absent where the source has no such word.
   */
  readonly uncertain?: LabelMatrix;
  /**
   * What a loss aims at where it is not `labels`: shape and classes of `labels`, numbers in [0, 1], NaN for unknown.
   * `applyUncertaintyPolicy` gives them when it smooths; `labels` is NaN there, so that no metric counts a soft number.
   */
  readonly targets?: ClassMatrix<Float32Array>;
  /**
   * Other labels of the same studies, by name: other annotators or other findings. Row by row as `studies`; a row is NaN
   * for a study that the set does not cover. {@link withLabelSet} makes one of them the dataset's labels.
   */
  readonly labelSets?: Readonly<Record<string, LabelMatrix>>;
  /** Names of the masks that studies may have; absent for a dataset without masks. */
  readonly maskNames?: readonly string[];
  /** What was read, dropped and changed on the way here. */
  readonly account: DatasetAccount;
  /** Gives a study's image, for datasets whose images are not files. */
  loadImage?(study: S): Image | Promise<Image>;
  /** Gives a study's masks by name, those of `maskNames` that the study has, for masks that are not files. */
  loadMasks?(study: S): Masks | Promise<Masks>;
}

/** Masks of one image by name, all of the image's size. */
export type Masks = Readonly<Record<string, Mask>>;
