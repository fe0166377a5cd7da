import { createHash } from "node:crypto";
import type { Study } from "../../labels/dataset.js";
import { auditLeakage } from "../../splits/leakage.js";

/** Sets of studies by name, such as training, validation and test. */
export type StudySets = Readonly<
  Record<
    string,
    {
      /** One an image. */
      readonly studies: readonly Study[];
    }
  >
>;

/**
 * Which images each set holds, how many patients, and what two sets share, for the record beside a result. `sha256` is of
 * the image ids, sorted by character code, each with a line break after it in UTF-8; an image that stands in a set several
 * times counts once there, but each time in `entries`.
 *
 * @throws ArgumentError for a study without a patient id
 */
export function splitRecord(sets: StudySets) {
  const audit = auditLeakage(sets);
  const names = Object.keys(sets);
  return {
    sets: Object.fromEntries(
      names.map((name, s) => {
        const { studies } = sets[name]!;
        const imageIds = [...new Set(studies.map(({ imageId }) => imageId))].sort();
        const hash = createHash("sha256");
        for (const id of imageIds) hash.update(`${id}\n`);
        const counts = {
          entries: studies.length,
          images: imageIds.length,
          patients: audit.sets[s]!.patients,
        };
        return [name, { ...counts, sha256: hash.digest("hex"), imageIds }];
      }),
    ),
    shared: audit.overlaps.map(({ sets: pair, patients, studies, images }) => ({
      sets: pair,
      patients: patients.length,
      studies: studies.length,
      images: images.length,
    })),
  };
}
