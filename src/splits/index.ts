/**
 * Splits by patient, and the proof that nothing leaks.
 *
 * ```ts
 * import { assertNoLeakage, checkForLeakage } from "radiolucent/splits";
 * checkForLeakage([0, 1, 2], [2, 3, 4]); // true: patient 2 is in both
 * assertNoLeakage({ train: [0, 1, 2], test: [3, 4, 5] });
 * ```
 *
 * @module
 */
export type { LeakageOverlap, SharedPicture, SuspectedFilms, SuspectedPair } from "../errors.js";
export { type Fold, type FoldOptions, groupKFold } from "./groupKFold.js";
export type { LeakageSet } from "./identities.js";
export {
  type AuditOptions,
  assertNoLeakage,
  auditLeakage,
  checkForLeakage,
  type LeakageAudit,
} from "./leakage.js";
export type { DuplicateImages } from "./samePixels.js";
export { type FieldOf, type GivenSplit, type GivenSplitOptions, splitByField } from "./splitByField.js";
export { type IdSplit, type IdSplitOptions, splitByIds } from "./splitByIds.js";
export { type SplitOptions, splitByPatient } from "./splitByPatient.js";
