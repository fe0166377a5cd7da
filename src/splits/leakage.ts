import { ArgumentError, LeakageError, type LeakageOverlap } from "../errors.js";
import type { Study } from "../labels/dataset.js";

/**
 * What can be checked for leakage: a dataset, or patient ids alone. Ids are compared as text, so 7 equals "7" but not
 * "007".
 */
export type LeakageSet =
  | {
      /** The studies of the set. */
      readonly studies: readonly Study[];
    }
  | Iterable<string | number>;

/** What an audit found. */
export interface LeakageAudit {
  /** Whether no two sets share anything. */
  readonly clean: boolean;
  /** The sets, in the order given. */
  readonly sets: readonly {
    /** Name of the set. */
    readonly name: string;
    /** How many images it holds; undefined where only patient ids were given. */
    readonly images: number | undefined;
    /** How many different patients it holds. */
    readonly patients: number;
  }[];
  /** One entry for each pair of sets that shares something; empty when the audit is clean. */
  readonly overlaps: readonly LeakageOverlap[];
}

interface Identities {
  readonly images: number | undefined;
  readonly patientIds: ReadonlySet<string>;
  readonly studyIds: ReadonlySet<string>;
  readonly imageIds: ReadonlySet<string>;
}

/**
 * Whether two sets share a patient, or, where both are datasets, a study or an image.
 *
 * @throws ArgumentError for an empty or missing patient id: nothing can be proved of such a patient
 */
export function checkForLeakage(a: LeakageSet, b: LeakageSet): boolean {
  return !auditLeakage({ a, b }).clean;
}

/**
 * Compares every pair of sets and lists the patients, studies and images that they share. Study ids count within a
 * patient, since datasets number the studies of each patient from one. Ids of different datasets are compared too:
 * ChestX-ray14, RSNA and SIIM hold some of the same films.
 *
 * @param sets any number of named sets
 * @throws ArgumentError for an empty or missing patient id: nothing can be proved of such a patient
 */
export function auditLeakage(sets: Readonly<Record<string, LeakageSet>>): LeakageAudit {
  const named = Object.entries(sets).map(([name, set]) => ({ name, ...identitiesOf(name, set) }));
  const overlaps: LeakageOverlap[] = [];
  named.forEach((a, i) => {
    for (const b of named.slice(i + 1)) {
      const overlap: LeakageOverlap = {
        sets: [a.name, b.name],
        patients: shared(a.patientIds, b.patientIds),
        studies: shared(a.studyIds, b.studyIds),
        images: shared(a.imageIds, b.imageIds),
      };
      if (overlap.patients.length + overlap.studies.length + overlap.images.length > 0)
        overlaps.push(overlap);
    }
  });
  return {
    clean: overlaps.length === 0,
    sets: named.map(({ name, images, patientIds }) => ({ name, images, patients: patientIds.size })),
    overlaps,
  };
}

/**
 * Throws when two of the sets share a patient, a study or an image; otherwise returns the audit, as evidence.
 *
 * @throws LeakageError with the overlaps
 * @throws ArgumentError for an empty or missing patient id
 */
export function assertNoLeakage(sets: Readonly<Record<string, LeakageSet>>): LeakageAudit {
  const audit = auditLeakage(sets);
  if (audit.clean) return audit;
  const found = audit.overlaps.map(({ sets: [a, b], patients, studies, images }) => {
    const counts = [
      patients.length > 0 ? `${patients.length} patients (${excerpt(patients)})` : "",
      studies.length > 0 ? `${studies.length} studies` : "",
      images.length > 0 ? `${images.length} images` : "",
    ];
    return `"${a}" and "${b}" share ${counts.filter(Boolean).join(", ")}`;
  });
  throw new LeakageError(
    `${found.join("; ")}. Split by patient (splitByPatient), or drop the shared patients from one of the sets.`,
    audit.overlaps,
  );
}

function identitiesOf(name: string, set: LeakageSet): Identities {
  const patientIds = new Set<string>();
  const studyIds = new Set<string>();
  const imageIds = new Set<string>();
  const addPatient = (id: string | number | null | undefined, index: number): string => {
    const text = String(id ?? "");
    if (text.trim() === "" || text === "NaN") {
      throw new ArgumentError(
        `sets.${name}`,
        `entry ${index} has no patient id; give every image one, or drop it, before leakage is checked`,
      );
    }
    patientIds.add(text);
    return text;
  };
  if (!("studies" in set)) {
    let index = 0;
    for (const id of set) addPatient(id, index++);
    return { images: undefined, patientIds, studyIds, imageIds };
  }
  set.studies.forEach((study, index) => {
    const patient = addPatient(study.patientId, index);
    if (study.studyId !== undefined) studyIds.add(`${patient}/${study.studyId}`);
    imageIds.add(study.imageId);
  });
  return { images: set.studies.length, patientIds, studyIds, imageIds };
}

function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): readonly string[] {
  return [...a].filter((id) => b.has(id));
}

function excerpt(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(", ")}, ...` : ids.join(", ");
}
