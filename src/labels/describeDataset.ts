import { ArgumentError } from "../errors.js";
import type { Dataset, Study } from "./dataset.js";
import { describeFindings, type FindingsDescription } from "./describeDatasetFindings.js";
import {
  type AgeSummary,
  type CategoryCounts,
  categoryCounts,
  type ImagesPerPatient,
  imagesPerPatient,
  summarizeAges,
} from "./describeDatasetStudies.js";

/** What is in a dataset, as plain data. */
export interface DatasetDescription extends FindingsDescription {
  /** Name of the dataset. */
  readonly name: string;
  /** Images. */
  readonly images: number;
  /** Different patients. */
  readonly patients: number;
  /** Different examinations: study ids, each within its patient. */
  readonly studies: number;
  /** Images that belong to no known examination. */
  readonly imagesWithoutStudy: number;
  /** How many images the patients have. */
  readonly imagesPerPatient: ImagesPerPatient;
  /** Ages over all images. */
  readonly age: AgeSummary;
  /** Ages by sex, in the order of `sex`; last, if there are any, those of unknown sex. */
  readonly ageBySex: readonly {
    /** Sex as recorded; undefined for the unknown. */
    readonly sex: string | undefined;
    /** Their ages. */
    readonly age: AgeSummary;
  }[];
  /** Images by sex. */
  readonly sex: CategoryCounts;
  /** Images by view. */
  readonly view: CategoryCounts;
  /** Images by the dataset that they came from. */
  readonly source: CategoryCounts;
  /** Images by set of the dataset's own split. */
  readonly split: CategoryCounts;
  /** Boxes around findings. */
  readonly boxes: {
    /** Boxes. */
    readonly total: number;
    /** Images with a box. */
    readonly images: number;
    /** Images on which someone looked for boxes, those without a box among them. */
    readonly imagesLookedAt: number;
    /** Boxes by what they enclose. */
    readonly findings: CategoryCounts;
  };
  /** Masks that the dataset may have, in the order of its `maskNames`. */
  readonly masks: readonly {
    /** Name of the mask. */
    readonly name: string;
    /** Images with a file of it; NaN where masks are not files, so that only loading them would tell. */
    readonly images: number;
  }[];
}

/**
 * Counts what is in a dataset: images, patients, findings and how they go together, ages, sexes, views, boxes and
 * masks. Nothing is left out: whatever is unknown has a count of its own. Counts are of images unless they say
 * otherwise.
 *
 * ```ts
 * const { images, patients, findings } = describeDataset(dataset);
 * findings[0]; // { finding: "Atelectasis", positive: 11559, negative: 100561, ..., prevalence: 0.103 }
 * ```
 *
 * An empty dataset has counts of 0 and NaN for every share, mean and quartile.
 *
 * @throws ArgumentError when there are not as many rows of labels as studies, or for a label other than 1, 0 and NaN
 */
export function describeDataset(
  dataset: Pick<Dataset, "name" | "studies" | "labels" | "uncertain" | "maskNames" | "loadMasks">,
): DatasetDescription {
  const { name, studies, labels, uncertain } = dataset;
  if (labels.values.shape[0] !== studies.length) {
    throw new ArgumentError(
      "dataset",
      `has ${studies.length} studies and labels of shape [${labels.values.shape}]; expected a row a study`,
    );
  }
  const examinations = new Set(
    studies.flatMap(({ patientId, studyId }) =>
      studyId === undefined ? [] : [JSON.stringify([patientId, studyId])],
    ),
  );
  const sex = categoryCounts(studies, (study) => study.sex);
  const sexes = [...sex.values.map(({ value }) => value), ...(sex.unknown > 0 ? [undefined] : [])];
  return {
    name,
    images: studies.length,
    patients: new Set(studies.map(({ patientId }) => patientId)).size,
    studies: examinations.size,
    imagesWithoutStudy: studies.filter(({ studyId }) => studyId === undefined).length,
    ...describeFindings(labels, uncertain),
    imagesPerPatient: imagesPerPatient(studies),
    age: summarizeAges(studies),
    ageBySex: sexes.map((value) => ({
      sex: value,
      age: summarizeAges(studies.filter((study) => study.sex === value)),
    })),
    sex,
    view: categoryCounts(studies, ({ view }) => view),
    source: categoryCounts(studies, ({ source }) => source),
    split: categoryCounts(studies, ({ split }) => split),
    boxes: describeBoxes(studies),
    masks: describeMasks(dataset),
  };
}

function describeBoxes(studies: readonly Study[]): DatasetDescription["boxes"] {
  const lists = studies.flatMap(({ boxes }) => (boxes === undefined ? [] : [boxes]));
  const boxes = lists.flat();
  return {
    total: boxes.length,
    images: lists.filter(({ length }) => length > 0).length,
    imagesLookedAt: lists.length,
    findings: categoryCounts(boxes, ({ finding }) => finding),
  };
}

function describeMasks({
  studies,
  maskNames = [],
  loadMasks,
}: Pick<Dataset, "studies" | "maskNames" | "loadMasks">): DatasetDescription["masks"] {
  const inFiles = loadMasks === undefined || studies.every(({ maskPaths }) => maskPaths !== undefined);
  return maskNames.map((name) => ({
    name,
    images: inFiles
      ? studies.filter(({ maskPaths = {} }) => Object.hasOwn(maskPaths, name)).length
      : Number.NaN,
  }));
}
