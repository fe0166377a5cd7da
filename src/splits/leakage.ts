import { ArgumentError, LeakageError, type LeakageOverlap, type SuspectedFilms } from "../errors.js";
import type { Fingerprints } from "../labels/fingerprint.js";
import { type Identities, identitiesOf, type LeakageSet } from "./identities.js";
import { type DuplicateImages, duplicatesIn, picturesOf, sharedPictures } from "./samePixels.js";
import { nearDuplicates, sameFileNames } from "./suspects.js";

/** What an audit looks at beside ids. */
export interface AuditOptions {
  /**
   * Fingerprints of the images by image id, for sets without their own. With them, copies are found whatever their names:
   * `perceptualHash` and a hash of the pixels make one.
   */
  readonly fingerprints?: Fingerprints;
  /**
   * Most bits in which the perceptual fingerprints of near-duplicates differ, at least 0. Default 48 for fingerprints of
   * 256 bits, as measured for `perceptualHash`; to be given for others.
   */
  readonly maxDistance?: number;
  /** How many suspected pairs of two sets are listed; all are counted. Default 1000. */
  readonly pairsKept?: number;
}

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
    /** How many different images of it had a fingerprint; the pixels of the others were not compared. */
    readonly fingerprints: number;
  }[];
  /** One entry for each pair of sets that shares something; empty when the audit is clean. */
  readonly overlaps: readonly LeakageOverlap[];
  /** Images of one set that are the same pixel by pixel: no leakage, but counted twice. */
  readonly duplicates: readonly DuplicateImages[];
  /**
   * Pairs that may show one film, within a set or in two: to look at, not proof, so an audit with suspects alone is
   * clean.
   */
  readonly suspects: readonly SuspectedFilms[];
}

/**
 * Whether two sets share a patient, or, where both are datasets, a study, an image or (with fingerprints) a picture.
 *
 * @throws ArgumentError as {@link auditLeakage} does
 */
export function checkForLeakage(a: LeakageSet, b: LeakageSet, options: AuditOptions = {}): boolean {
  return !auditLeakage({ a, b }, options).clean;
}

/**
 * Compares every pair of sets and lists the patients, studies and images that they share. Study ids count within a
 * patient, since datasets number the studies of each patient from one. Ids of different datasets are compared too:
 * ChestX-ray14, RSNA and SIIM hold some of the same films.
 *
 * With fingerprints, pictures that are the same pixel by pixel are found under any name: in two sets they are leakage, in
 * one set `duplicates`. Films that look alike, and images of two sets with one file name in different folders or datasets,
 * are `suspects`. Comparing the looks of 112,120 images takes some seconds.
 *
 * ```ts
 * const audit = auditLeakage(sets, { fingerprints });
 * audit.suspects[0]; // { sets: ["train", "test"], reason: "near-duplicate", count: 3, pairs: [...] }
 * ```
 *
 * @param sets any number of named sets
 * @throws ArgumentError for an empty or missing patient id, since nothing can be proved of such a patient; for perceptual
 *   fingerprints that differ in length, or without `maxDistance` where their length has no default
 */
export function auditLeakage(
  sets: Readonly<Record<string, LeakageSet>>,
  options: AuditOptions = {},
): LeakageAudit {
  const { fingerprints, maxDistance, pairsKept = 1000 } = options;
  checkAtLeastZero("maxDistance", maxDistance);
  checkAtLeastZero("pairsKept", pairsKept);
  const named = Object.entries(sets).map(([name, set]) => identitiesOf(name, set, fingerprints));
  const pictures = named.map(picturesOf);
  const overlaps = named.flatMap((a, i) =>
    named.slice(i + 1).flatMap((b, offset) => {
      const samePixels = sharedPictures(pictures[i]!, pictures[i + 1 + offset]!);
      const overlap: LeakageOverlap = {
        sets: [a.name, b.name],
        patients: shared(a.patientIds, b.patientIds),
        studies: shared(a.studyIds, b.studyIds),
        images: shared(a.imageIds, b.imageIds),
        ...(samePixels.length > 0 && { samePixels }),
      };
      const { patients, studies, images } = overlap;
      return patients.length + studies.length + images.length + samePixels.length > 0 ? [overlap] : [];
    }),
  );
  return {
    clean: overlaps.length === 0,
    sets: named.map((set) => ({
      name: set.name,
      images: set.images,
      patients: set.patientIds.size,
      fingerprints: fingerprinted(set),
    })),
    overlaps,
    duplicates: named.flatMap(({ name }, i) => duplicatesIn(name, pictures[i]!)),
    suspects: [...nearDuplicates(named, maxDistance, pairsKept), ...sameFileNames(named, pairsKept)],
  };
}

/**
 * Throws when two of the sets share a patient, a study, an image or a picture; otherwise returns the audit, as evidence.
 *
 * @param options those of {@link auditLeakage}; `suspects: "stop"` throws for suspected pairs of two sets as well
 * @throws LeakageError with the overlaps, and the suspects where they count
 * @throws ArgumentError as {@link auditLeakage} does
 */
export function assertNoLeakage(
  sets: Readonly<Record<string, LeakageSet>>,
  options: AuditOptions & {
    /** What suspected pairs of two sets do. Default "allow": they are in the audit that comes back. */
    readonly suspects?: "stop" | "allow";
  } = {},
): LeakageAudit {
  const audit = auditLeakage(sets, options);
  const suspects = options.suspects === "stop" ? audit.suspects.filter(({ sets: [a, b] }) => a !== b) : [];
  if (audit.clean && suspects.length === 0) return audit;
  const shares = audit.overlaps.map(({ sets: [a, b], patients, studies, images, samePixels = [] }) => {
    const counts = [
      patients.length > 0 ? `${patients.length} patients (${excerpt(patients)})` : "",
      studies.length > 0 ? `${studies.length} studies` : "",
      images.length > 0 ? `${images.length} images` : "",
      samePixels.length > 0
        ? `${samePixels.length} pictures under several names (${samePixels[0]!.images[0][0]} is ${samePixels[0]!.images[1][0]})`
        : "",
    ];
    return `"${a}" and "${b}" share ${counts.filter(Boolean).join(", ")}`;
  });
  const doubts = suspects.map(
    ({ sets: [a, b], reason, count, pairs }) =>
      `"${a}" and "${b}" have ${count} pairs that may be one film by ${reason}${
        pairs[0] ? ` (${pairs[0].images.join(" and ")})` : ""
      }`,
  );
  throw new LeakageError(
    `${[...shares, ...doubts].join("; ")}. Split by patient (splitByPatient), or drop what is shared from one of the sets.`,
    audit.overlaps,
    suspects,
  );
}

function fingerprinted({ imageIds, fingerprints }: Identities): number {
  return fingerprints ? [...imageIds].filter((id) => fingerprints.has(id)).length : 0;
}

function checkAtLeastZero(option: string, value: number | undefined): void {
  if (value === undefined || value >= 0) return;
  throw new ArgumentError(`options.${option}`, `is ${value}; expected at least 0`);
}

function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): readonly string[] {
  return [...a].filter((id) => b.has(id));
}

function excerpt(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(", ")}, ...` : ids.join(", ");
}
