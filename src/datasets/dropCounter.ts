import type { DroppedRows } from "../labels/dataset.js";
import { examplesKept } from "../labels/selectStudies.js";

/** Counts what is left out, by reason. */
export interface DropCounter {
  /** Counts one more. */
  add(reason: string, example: string): void;
  /** What was counted, in the order of the first of each reason. */
  list(): readonly DroppedRows[];
}

/** Makes a counter. */
export function dropCounter(): DropCounter {
  const reasons = new Map<string, { count: number; examples: string[] }>();
  return {
    add(reason, example) {
      let entry = reasons.get(reason);
      if (entry === undefined) {
        entry = { count: 0, examples: [] };
        reasons.set(reason, entry);
      }
      entry.count++;
      if (entry.examples.length < examplesKept) entry.examples.push(example);
    },
    list: () => Array.from(reasons, ([reason, { count, examples }]) => ({ reason, count, examples })),
  };
}
