import { ArgumentError } from "../errors.js";
import type { Study } from "../labels/dataset.js";
import type { Fingerprints } from "../labels/fingerprint.js";

/**
 * What can be checked for leakage: a dataset, or patient ids alone. Ids are compared as text, so 7 equals "7" but not
 * "007".
 */
export type LeakageSet =
  | {
      /** The studies of the set. */
      readonly studies: readonly Study[];
      /** Fingerprints of its images by image id; by default those of the audit's options. */
      readonly fingerprints?: Fingerprints;
    }
  | Iterable<string | number>;

/** @internal What a set is compared by. */
export interface Identities {
  /** Name of the set. */
  readonly name: string;
  /** Its studies, each image once; empty where only patient ids were given. */
  readonly studies: readonly Study[];
  /** How many images it holds; undefined where only patient ids were given. */
  readonly images: number | undefined;
  /** Its patients. */
  readonly patientIds: ReadonlySet<string>;
  /** Its examinations, each with its patient. */
  readonly studyIds: ReadonlySet<string>;
  /** Its images. */
  readonly imageIds: ReadonlySet<string>;
  /** What is known of its images. */
  readonly fingerprints: Fingerprints | undefined;
}

/** @internal Reads a set. @throws ArgumentError for an empty or missing patient id */
export function identitiesOf(
  name: string,
  set: LeakageSet,
  fingerprints: Fingerprints | undefined,
): Identities {
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
  const ids = { name, patientIds, studyIds, imageIds };
  if (!("studies" in set)) {
    let index = 0;
    for (const id of set) addPatient(id, index++);
    return { ...ids, studies: [], images: undefined, fingerprints: undefined };
  }
  const studies: Study[] = [];
  set.studies.forEach((study, index) => {
    const patient = addPatient(study.patientId, index);
    if (study.studyId !== undefined) studyIds.add(`${patient}/${study.studyId}`);
    if (!imageIds.has(study.imageId)) studies.push(study);
    imageIds.add(study.imageId);
  });
  return { ...ids, studies, images: set.studies.length, fingerprints: set.fingerprints ?? fingerprints };
}
