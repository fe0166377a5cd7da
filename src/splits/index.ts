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
export type { LeakageOverlap } from "../errors.js";
export {
  assertNoLeakage,
  auditLeakage,
  checkForLeakage,
  type LeakageAudit,
  type LeakageSet,
} from "./leakage.js";
export { type SplitOptions, splitByPatient } from "./splitByPatient.js";
