/**
 * Finding vocabularies, the label matrix and labelled studies.
 *
 * ```ts
 * import { labelMatrix } from "radiolucent/labels";
 * const labels = labelMatrix(["Edema", "Effusion"], [[1, 0], [NaN, 1]]);
 * ```
 *
 * @module
 */
export type { Image, Mask } from "../image.js";
export type { ClassMatrix, MatrixLike } from "../matrix.js";
export { chestXray14Findings } from "./chestXray14Findings.js";
export type {
  ChangedValues,
  Dataset,
  DatasetAccount,
  DroppedRows,
  FindingBox,
  JoinedTable,
  Masks,
  Study,
} from "./dataset.js";
export { type LabelMatrix, labelMatrix, selectClasses, selectRows } from "./labelMatrix.js";
export { filterStudies, selectStudies, withLabelSet } from "./selectStudies.js";
