import { ArgumentError } from "../errors.js";
import type { Dataset } from "../labels/dataset.js";
import { type GivenSplit, type GivenSplitOptions, splitByName } from "./splitByField.js";

/** How {@link splitByIds} reads its lists. */
export interface IdSplitOptions extends GivenSplitOptions {
  /** What the lists hold. Default "imageId". */
  readonly by?: "imageId" | "patientId";
}

/** A split by lists. */
export interface IdSplit<D extends Dataset, Name extends string> extends GivenSplit<D, Name> {
  /** Ids of each list that the dataset has not, each once. */
  readonly missing: Readonly<Record<Name, readonly string[]>>;
}

/**
 * Divides a dataset by lists of image ids or patient ids, such as the lists that a paper publishes. Ids are compared as
 * text. Nothing is lost unseen: studies in no list are named in `unassigned`, ids without a study in `missing`. Studies
 * keep the dataset's order.
 *
 * ```ts
 * const lists = { train: trainIds, test: testIds };
 * const { sets, unassigned, missing } = splitByIds(dataset, lists, { by: "patientId" });
 * ```
 *
 * @param lists ids by name of the set; an id may stand in its list several times
 * @throws ArgumentError when an id stands in two lists, when no list has a study, or for a study without a patient id
 * @throws LeakageError when two sets share a patient, a study or an image, unless that is allowed
 */
export function splitByIds<D extends Dataset, Name extends string>(
  dataset: D,
  lists: Readonly<Record<Name, Iterable<string | number>>>,
  options: IdSplitOptions = {},
): IdSplit<D, Name> {
  const { by = "imageId" } = options;
  const names = Object.keys(lists) as Name[];
  const setOf = new Map<string, Name>();
  for (const name of names) {
    for (const id of lists[name]) {
      const other = setOf.get(String(id));
      if (other !== undefined && other !== name) {
        throw new ArgumentError(
          `lists.${name}`,
          `"${id}" stands in the list "${other}" too; expected it in one`,
        );
      }
      setOf.set(String(id), name);
    }
  }
  const ids = dataset.studies.map((study) => study[by]);
  const there = new Set(ids);
  const missing = Object.fromEntries(names.map((name) => [name, [] as string[]])) as Record<Name, string[]>;
  for (const [id, name] of setOf) if (!there.has(id)) missing[name].push(id);
  if (ids.length > 0 && setOf.size > 0 && ids.every((id) => !setOf.has(id))) {
    throw new ArgumentError(
      "lists",
      `no ${by} of ${dataset.name} stands in one; the dataset has ids such as "${ids[0]}", the lists such as "${setOf.keys().next().value}"`,
    );
  }
  const split = splitByName(
    dataset,
    ids.map((id) => setOf.get(id)),
    names,
    options,
  );
  return { ...split, missing };
}
