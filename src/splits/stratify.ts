import { ArgumentError } from "../errors.js";
import type { Dataset } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import type { RandomStream } from "../random.js";

/** A patient as splits see one. */
export interface Patient {
  /** Rows of the patient's studies, ascending. */
  readonly indices: number[];
  /** Columns of the findings that a study of the patient shows. */
  readonly classes: Set<number>;
}

/**
 * The patients of a dataset, in the order of their first studies.
 *
 * @throws ArgumentError for a study without a patient id
 */
export function patientsOf(dataset: Dataset): Patient[] {
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

/** Rows of the patients' studies, ascending. */
export function studiesOf(patients: readonly Patient[]): number[] {
  return patients.flatMap((patient) => patient.indices).sort((a, b) => a - b);
}

/** Whole numbers that add up to `total`, as near to the fractions of it as can be. */
export function largestRemainder(fractions: readonly number[], total: number): number[] {
  const exact = fractions.map((fraction) => fraction * total);
  const quotas = exact.map((share) => Math.floor(share + 1e-9));
  const byRemainder = exact
    .map((share, s) => ({ s, remainder: share - quotas[s]! }))
    .sort((a, b) => b.remainder - a.remainder);
  const left = total - quotas.reduce((sum, quota) => sum + quota, 0);
  for (let i = 0; i < left; i++) quotas[byRemainder[i]!.s]!++;
  return quotas;
}

/**
 * Places patients into sets of `quotas` patients so that each set gets its share of those with each finding: iterative
 * stratification (Sechidis, Tsoumakas and Vlahavas, ECML PKDD 2011) with patients in place of samples, the rarest finding
 * first.
 */
export function stratify(
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
