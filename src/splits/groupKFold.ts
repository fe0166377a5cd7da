import { ArgumentError } from "../errors.js";
import type { Dataset } from "../labels/dataset.js";
import { selectStudies } from "../labels/selectStudies.js";
import { randomStream } from "../random.js";
import { largestRemainder, patientsOf, stratify, studiesOf } from "./stratify.js";

/** How {@link groupKFold} divides a dataset. */
export interface FoldOptions {
  /** How many folds: from 2 to the number of patients. Default 5. */
  readonly folds?: number;
  /** The same seed gives the same folds. Default 0. */
  readonly seed?: number | string;
}

/** One turn of a cross-validation. */
export interface Fold<D extends Dataset> {
  /** All other folds. */
  readonly train: D;
  /** The fold whose turn it is. */
  readonly validation: D;
}

/**
 * Divides a dataset into folds for cross-validation so that all images of a patient fall into one. The folds have equal
 * numbers of *patients*, to within one, and, as well as whole patients allow, of patients with each finding (as
 * `splitByPatient` shares them out). Every study is in the validation set once. Studies keep their order.
 *
 * ```ts
 * for (const { train, validation } of groupKFold(dataset, { folds: 5, seed: 7 })) ...
 * ```
 *
 * @throws ArgumentError when there are fewer patients than folds, for fewer than two folds, or when a study has no patient
 *   id
 */
export function groupKFold<D extends Dataset>(dataset: D, options: FoldOptions = {}): Fold<D>[] {
  const { folds = 5, seed = 0 } = options;
  const random = randomStream(seed).fork("groupKFold");
  const patients = random.shuffle(patientsOf(dataset));
  if (!Number.isInteger(folds) || folds < 2 || folds > patients.length) {
    throw new ArgumentError(
      "options.folds",
      `is ${folds}; expected a whole number from 2 to the ${patients.length} patients of the dataset`,
    );
  }
  const fractions = Array.from({ length: folds }, () => 1 / folds);
  const quotas = largestRemainder(fractions, patients.length);
  const sets = stratify(patients, fractions, quotas, dataset.labels.classes.length, random);
  return sets.map((held) => ({
    train: selectStudies(dataset, studiesOf(sets.filter((set) => set !== held).flat())),
    validation: selectStudies(dataset, studiesOf(held)),
  }));
}
