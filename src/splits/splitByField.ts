import type { Dataset } from "../labels/dataset.js";
import { selectStudies } from "../labels/selectStudies.js";
import { assertNoLeakage } from "./leakage.js";

/** How a split that someone else made is taken over. */
export interface GivenSplitOptions {
  /**
   * What sets that share a patient, a study or an image do: "stop" (default) throws a LeakageError, "allow" gives them as
   * they are; `auditLeakage` then tells what they share.
   */
  readonly overlap?: "stop" | "allow";
}

/** A split that someone else made. */
export interface GivenSplit<D extends Dataset, Name extends string = string> {
  /** The sets, by name. Studies keep their order. */
  readonly sets: Readonly<Record<Name, D>>;
  /** Image ids of the studies that are in no set. */
  readonly unassigned: readonly string[];
}

/**
 * Divides a dataset by a field of its studies, such as the official split that the dataset brings (`split`). There is a
 * set for each value, in the order of their first studies. Studies without a value are in no set; they are named.
 *
 * ```ts
 * const { sets, unassigned } = splitByField(nih, "split"); // sets.train, sets.validation, sets.test
 * const { sets } = splitByField(merged, ({ source }) => (source === "nih" ? "train" : "test"));
 * ```
 *
 * @param field name of a text field, or a function that names a study's set, undefined for none
 * @throws LeakageError when two sets share a patient, a study or an image, unless that is allowed
 * @throws ArgumentError for a study without a patient id, unless overlaps are allowed
 */
export function splitByField<D extends Dataset>(
  dataset: D,
  field: FieldOf<D["studies"][number]> | ((study: D["studies"][number]) => string | undefined),
  options: GivenSplitOptions = {},
): GivenSplit<D> {
  const nameOf =
    typeof field === "function"
      ? field
      : (study: D["studies"][number]) => study[field as keyof D["studies"][number]] as string | undefined;
  return splitByName(dataset, dataset.studies.map(nameOf), [], options);
}

/** Fields of a study that hold text. */
export type FieldOf<S> = {
  [Key in keyof S]-?: S[Key] extends string | undefined ? Key : never;
}[keyof S];

/** @internal Divides a dataset by the name of each study's set; `first` are names that come first, or are empty. */
export function splitByName<D extends Dataset, Name extends string>(
  dataset: D,
  names: readonly (Name | undefined)[],
  first: readonly Name[],
  { overlap = "stop" }: GivenSplitOptions,
): GivenSplit<D, Name> {
  const rows = new Map<Name, number[]>(first.map((name) => [name, []]));
  const unassigned: string[] = [];
  names.forEach((name, row) => {
    if (name === undefined) {
      unassigned.push(dataset.studies[row]!.imageId);
      return;
    }
    const list = rows.get(name);
    if (list) list.push(row);
    else rows.set(name, [row]);
  });
  const sets = Object.fromEntries(
    Array.from(rows, ([name, list]) => [name, selectStudies(dataset, list)]),
  ) as Record<Name, D>;
  if (overlap === "stop") assertNoLeakage(sets);
  return { sets, unassigned };
}
