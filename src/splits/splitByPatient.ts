import { ArgumentError } from "../errors.js";
import type { Dataset } from "../labels/dataset.js";
import { selectStudies } from "../labels/selectStudies.js";
import { randomStream } from "../random.js";
import { largestRemainder, patientsOf, stratify, studiesOf } from "./stratify.js";

/** How {@link splitByPatient} divides a dataset. */
export interface SplitOptions<Name extends string> {
  /** Share of the patients for each named set, such as `{ train: 0.6, validation: 0.2, test: 0.2 }`; adds up to 1. */
  readonly fractions: Readonly<Record<Name, number>>;
  /** The same seed gives the same split. Default 0. */
  readonly seed?: number | string;
}

/**
 * Divides a dataset so that all images of a patient fall into one set.
 *
 * Each set gets its share of the *patients*, rounded by largest remainder, and, as well as whole patients allow, its
 * share of the patients with each finding: iterative stratification (Sechidis, Tsoumakas and Vlahavas, ECML PKDD
 * 2011) with patients in place of samples, the rarest finding first. Unknown labels count as no evidence of a finding.
 * Studies keep their order.
 *
 * ```ts
 * const { train, test } = splitByPatient(dataset, { fractions: { train: 0.8, test: 0.2 }, seed: 7 });
 * ```
 *
 * @returns one dataset for each name in `fractions`
 * @throws ArgumentError when fractions are not positive or don't add up to 1, when a set would get no patient, or when
 *   a study has no patient id
 */
export function splitByPatient<D extends Dataset, Name extends string>(
  dataset: D,
  options: SplitOptions<Name>,
): Record<Name, D> {
  const random = randomStream(options.seed ?? 0).fork("splitByPatient");
  const patients = random.shuffle(patientsOf(dataset));
  const names = Object.keys(options.fractions) as Name[];
  const fractions = names.map((name) => options.fractions[name]);
  checkFractions(names, fractions);
  const quotas = largestRemainder(fractions, patients.length);
  const empty = names[quotas.indexOf(0)];
  if (empty !== undefined) {
    throw new ArgumentError(
      `options.fractions.${empty}`,
      `${options.fractions[empty]} of ${patients.length} patients is nobody; raise the fraction or drop the set`,
    );
  }
  const sets = stratify(patients, fractions, quotas, dataset.labels.classes.length, random);
  const entries = names.map((name, s) => [name, selectStudies(dataset, studiesOf(sets[s]!))] as const);
  return Object.fromEntries(entries) as Record<Name, D>;
}

function checkFractions(names: readonly string[], fractions: readonly number[]): void {
  fractions.forEach((fraction, s) => {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new ArgumentError(
        `options.fractions.${names[s]}`,
        `is ${fraction}; expected more than 0 and at most 1`,
      );
    }
  });
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (Math.abs(sum - 1) > 1e-6) {
    throw new ArgumentError("options.fractions", `add up to ${sum}; expected 1, so that no patient is lost`);
  }
}
