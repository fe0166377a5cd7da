import { classFrequencies } from "../balance/classFrequencies.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";

/** How often a class is present in a set. */
export interface Prevalence {
  /** Name of the set. */
  readonly set: string;
  /** Name of the class. */
  readonly finding: string;
  /** Images in which it is present. */
  readonly positives: number;
  /** Images in which it is known to be present or absent. */
  readonly known: number;
  /** positives / known; NaN without a known label. */
  readonly share: number;
}

/** Counts each class of each set; sets need not have the same classes. */
export function prevalences(sets: Readonly<Record<string, { readonly labels: LabelMatrix }>>): Prevalence[] {
  return Object.entries(sets).flatMap(([set, { labels }]) => {
    const { positiveCount, knownCount, positive } = classFrequencies(labels);
    return labels.classes.map((finding, c) => ({
      set,
      finding,
      positives: positiveCount[c]!,
      known: knownCount[c]!,
      share: positive[c]!,
    }));
  });
}
