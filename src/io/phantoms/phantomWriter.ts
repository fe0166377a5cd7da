import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PhantomStudy } from "../../phantom/phantomStudy.js";
import type { PhantomFilm } from "../../phantom/renderPhantom.js";

/** What a layout is written from. */
export interface PhantomFiles {
  /** All phantoms. */
  readonly studies: readonly PhantomStudy[];
  /** Where to. */
  readonly directory: string;
  /** Rows and columns of a film. */
  readonly size: number;
  /** Of what is drawn beyond the films. */
  readonly seed: number | string;
}

/** How a film is named in the files. */
export type WrittenIds = Pick<PhantomStudy, "imageId" | "patientId">;

/** Phantoms on their way into one layout. */
export interface PhantomWriting {
  /** Writes the files of a film, notes its records and says how it is named there. Films come in the dataset's order. */
  film(study: PhantomStudy, film: PhantomFilm): Promise<WrittenIds>;
  /** Writes the tables, after all films. */
  tables(): Promise<void>;
}

/** Begins to write phantoms in one layout. */
export type PhantomWriter = (files: PhantomFiles) => PhantomWriting;

/** Writes a file below a folder, and the folders above it. */
export async function writeBelow(
  directory: string,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  const path = join(directory, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** The patient's number, as datasets with numbered patients have it: 12 for "P012". */
export function patientNumber({ patientId }: PhantomStudy): number {
  return Number(patientId.slice(1));
}
