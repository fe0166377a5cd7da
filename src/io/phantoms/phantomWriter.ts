import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Dataset } from "../../labels/dataset.js";
import type { PhantomStudy } from "../../phantom/phantomStudy.js";

/** What a layout is written from. */
export interface PhantomFiles {
  /** The phantoms. */
  readonly dataset: Dataset<PhantomStudy>;
  /** Where to. */
  readonly directory: string;
  /** Rows and columns of a film. */
  readonly size: number;
  /** Of what is drawn beyond the films. */
  readonly seed: number | string;
  /** Called after each film; what it throws ends the writing. */
  readonly onFilm: () => void;
}

/** How a film is named in the files. */
export type WrittenIds = Pick<PhantomStudy, "imageId" | "patientId">;

/** Writes phantoms in one layout and says how each is named there. */
export type PhantomWriter = (files: PhantomFiles) => Promise<readonly WrittenIds[]>;

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
