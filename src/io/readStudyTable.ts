import { type StudyTable, studyTableReader, type TableDefinition } from "../datasets/studyTable.js";
import type { Study } from "../labels/dataset.js";
import type { MissingImages } from "./imageFiles.js";
import { readCsv } from "./readCsv.js";

/** How a dataset is read from files. */
export interface ReadOptions {
  /**
   * What to do with records whose image file is not there: "drop" (default) counts them in `account.dropped`, "error"
   * throws.
   */
  readonly missingImages?: MissingImages;
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Reads a CSV file into studies; see {@link readCsv} and {@link studyTableReader} for the errors. */
export async function readStudyTable<S extends Study>(
  definition: TableDefinition<S>,
  file: string,
  signal?: AbortSignal,
): Promise<StudyTable<S>> {
  const reader = studyTableReader(definition, file);
  await readCsv(file, reader.add, signal);
  return reader.finish();
}
