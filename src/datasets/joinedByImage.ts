import type { ReadingReport } from "./defineDataset.js";

/** What joined tables say of images, until the main table names them. */
export interface JoinedByImage<T> {
  /** Notes what a table says of an image, in place of what was noted before. */
  add(table: string, imageId: string, value: T): void;
  /** What was noted of an image. */
  get(imageId: string): T | undefined;
  /** What was noted of an image, which is then not among the rest. */
  take(imageId: string): T | undefined;
  /** Counts the images that were never taken as dropped, once for each `add`. */
  reportRest(report: ReadingReport, reason: string): void;
}

/** Begins such a note. */
export function joinedByImage<T>(): JoinedByImage<T> {
  const notes = new Map<string, { value: T; readonly tables: string[]; taken: boolean }>();
  return {
    add(table, imageId, value) {
      const note = notes.get(imageId);
      if (note === undefined) notes.set(imageId, { value, tables: [table], taken: false });
      else {
        note.value = value;
        note.tables.push(table);
      }
    },
    get: (imageId) => notes.get(imageId)?.value,
    take(imageId) {
      const note = notes.get(imageId);
      if (note) note.taken = true;
      return note?.value;
    },
    reportRest(report, reason) {
      for (const [imageId, { tables, taken }] of notes) {
        if (!taken) for (const table of tables) report.drop(table, reason, imageId);
      }
    },
  };
}
