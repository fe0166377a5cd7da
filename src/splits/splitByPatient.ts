import { ArgumentError } from "../errors.js";
import type { Dataset } from "../labels/dataset.js";
import { selectStudies } from "../labels/selectStudies.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { type RandomStream, randomStream } from "../random.js";

/** How {@link splitByPatient} divides a dataset. */
export interface SplitOptions<Name extends string> {
  /** Share of the patients for each named set, such as `{ train: 0.6, validation: 0.2, test: 0.2 }`; adds up to 1. */
  readonly fractions: Readonly<Record<Name, number>>;
  /** The same seed gives the same split. Default 0. */
  readonly seed?: number | string;
}

interface Patient {
  readonly indices: number[];
  readonly classes: Set<number>;
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
  const entries = names.map((name, s) => {
    const indices = sets[s]!.flatMap((patient) => patient.indices).sort((a, b) => a - b);
    return [name, selectStudies(dataset, indices)] as const;
  });
  return Object.fromEntries(entries) as Record<Name, D>;
}

function patientsOf(dataset: Dataset): Patient[] {
  const patients = new Map<string, Patient>();
  dataset.studies.forEach((study, index) => {
    if (study.patientId.trim() === "") {
      throw new ArgumentError(
        "dataset",
        `image "${study.imageId}" has no patient id; a split cannot place it`,
      );
    }
    let patient = patients.get(study.patientId);
    if (patient === undefined) {
      patient = { indices: [], classes: new Set() };
      patients.set(study.patientId, patient);
    }
    patient.indices.push(index);
    addPositives(dataset.labels, index, patient.classes);
  });
  return [...patients.values()];
}

function addPositives(labels: LabelMatrix, row: number, classes: Set<number>): void {
  for (let c = 0; c < labels.classes.length; c++) {
    if (labels.values.get(row, c) === 1) classes.add(c);
  }
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

function largestRemainder(fractions: readonly number[], total: number): number[] {
  const exact = fractions.map((fraction) => fraction * total);
  const quotas = exact.map((share) => Math.floor(share + 1e-9));
  const byRemainder = exact
    .map((share, s) => ({ s, remainder: share - quotas[s]! }))
    .sort((a, b) => b.remainder - a.remainder);
  const left = total - quotas.reduce((sum, quota) => sum + quota, 0);
  for (let i = 0; i < left; i++) quotas[byRemainder[i]!.s]!++;
  return quotas;
}

function stratify(
  patients: readonly Patient[],
  fractions: readonly number[],
  quotas: readonly number[],
  classCount: number,
  random: RandomStream,
): Patient[][] {
  const unplaced = new Set(patients);
  const left = Array.from({ length: classCount }, (_, c) => patients.filter((p) => p.classes.has(c)).length);
  const wanted = fractions.map((fraction) => left.map((count) => fraction * count));
  const places = [...quotas];
  const sets: Patient[][] = fractions.map(() => []);

  const place = (patient: Patient, want: (set: number) => number): void => {
    const set = neediest(places, want, random);
    sets[set]!.push(patient);
    places[set]!--;
    unplaced.delete(patient);
    for (const c of patient.classes) {
      wanted[set]![c]!--;
      left[c]!--;
    }
  };
  for (let c = rarest(left); c >= 0; c = rarest(left)) {
    for (const patient of [...unplaced].filter((p) => p.classes.has(c)))
      place(patient, (set) => wanted[set]![c]!);
  }
  for (const patient of unplaced) place(patient, (set) => places[set]!);
  return sets;
}

/** The class with the fewest patients left to place, -1 when none is left. */
function rarest(left: readonly number[]): number {
  let best = -1;
  left.forEach((count, c) => {
    if (count > 0 && (best < 0 || count < left[best]!)) best = c;
  });
  return best;
}

/** The set that wants a patient most among those with a place left; ties go to the most places, then to chance. */
function neediest(places: readonly number[], want: (set: number) => number, random: RandomStream): number {
  const open = places.flatMap((count, set) => (count > 0 ? [set] : []));
  const most = Math.max(...open.map(want));
  const wanting = open.filter((set) => want(set) === most);
  const roomiest = Math.max(...wanting.map((set) => places[set]!));
  const tied = wanting.filter((set) => places[set] === roomiest);
  return tied[random.integer(tied.length)]!;
}
