import { open, readFile } from "node:fs/promises";
import type { DatasetDefinition } from "../datasets/defineDataset.js";
import type { DicomHeader } from "../dicom/header.js";
import { readDicomHeader } from "../dicom/readDicomHeader.js";
import { type ImageError, isRadiolucentError } from "../errors.js";
import type { ChangedValues, Dataset, Study } from "../labels/dataset.js";
import { limitConcurrency } from "../training/limitConcurrency.js";
import type { FileIndex } from "./fileIndex.js";

/** Bytes that are read at first; headers of chest films are a few kilobytes. */
const usualHeader = 2 ** 16;

/** How many files are open at a time. */
const filesAtOnce = 16;

const isDicom = (path: string): boolean => /\.(dcm|dicom)$/i.test(path);

/**
 * Reads the header of a DICOM file, with what identifies the patient: the file's beginning, and the whole of it where that
 * is not enough.
 *
 * @throws ImageError as `readDicomHeader` does
 */
export async function readHeaderOf(path: string): Promise<DicomHeader> {
  const options = { file: path, identifying: true };
  const handle = await open(path);
  let beginning: Uint8Array;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(usualHeader), 0, usualHeader, 0);
    beginning = buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
  try {
    return readDicomHeader(beginning, options);
  } catch (error) {
    const cut = isRadiolucentError(error, "image") && beginning.length === usualHeader;
    if (!cut) throw error;
    return readDicomHeader(await readFile(path), options);
  }
}

/**
 * Adds what the headers of their DICOM images say to the studies.
 *
 * @param changed counts of before, which come first in `account.changed`
 */
export async function withHeaders<S extends Study>(
  dataset: Dataset<S>,
  { fromHeader }: DatasetDefinition<S>,
  changed: readonly ChangedValues[],
  signal: AbortSignal | undefined,
): Promise<Dataset<S>> {
  const counts = new Map(changed.map(({ rule, count }) => [rule, count]));
  const change = (rule: string): void => void counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const headers = fromHeader
    ? await readHeaders(
        dataset.studies.map(({ path }) => path),
        "the study keeps what the tables say",
        change,
        signal,
      )
    : [];
  const studies = dataset.studies.map((study, i) => {
    const header = headers[i];
    if (header === undefined) return study;
    for (const { tag, message } of header.warnings) change(`DICOM header: ${tag} ${message}`);
    return fromHeader!(study, header, change);
  });
  if (headers.length === 0 && counts.size === 0) return dataset;
  const { account } = dataset;
  const more = Array.from(counts, ([rule, count]) => ({ rule, count }));
  return { ...dataset, studies, account: { ...account, changed: [...account.changed, ...more] } };
}

/**
 * The files with those DICOM files that no study names put under the names that their headers give; the files as they
 * are where every image is found or the dataset's headers give no names.
 */
export async function namedByHeaders<S extends Study>(
  { studies }: Dataset<S>,
  { imageFiles, nameInHeader }: DatasetDefinition<S>,
  files: FileIndex,
  signal: AbortSignal | undefined,
): Promise<{ readonly files: FileIndex; readonly changed: readonly ChangedValues[] }> {
  if (!imageFiles || !nameInHeader) return { files, changed: [] };
  const wanted = new Set<string>();
  const taken = new Set<string>();
  for (const study of studies) {
    const names = imageFiles(study);
    const path = names.map((name) => files.find(name)).find((found) => found !== undefined);
    if (path !== undefined) taken.add(path);
    else for (const name of names) wanted.add(name);
  }
  const others = wanted.size === 0 ? [] : dicomFiles(files).filter((path) => !taken.has(path));
  const counts = new Map<string, number>();
  const change = (rule: string): void => void counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const byName = new Map<string, string>();
  (await readHeaders(others, "the file is no image of the tables", change, signal)).forEach((header, i) => {
    const name = header && nameInHeader(header);
    // One UID is one image, so of several files the first does.
    if (name === undefined || !wanted.has(name) || byName.has(name)) return;
    byName.set(name, others[i]!);
    change("image found by its DICOM header, not by its name");
  });
  return {
    files: { paths: files.paths, find: (name) => files.find(name) ?? byName.get(name) },
    changed: Array.from(counts, ([rule, count]) => ({ rule, count })),
  };
}

function dicomFiles({ paths, find }: FileIndex): readonly string[] {
  return paths.filter(isDicom).flatMap((path) => find(path) ?? []);
}

/**
 * The headers of those paths that are DICOM files; those that cannot be read are counted and undefined. Counts come in the
 * order of the paths, whichever is read first.
 *
 * @param otherwise what becomes of a file whose header cannot be read
 */
async function readHeaders(
  paths: readonly (string | undefined)[],
  otherwise: string,
  change: (rule: string) => void,
  signal: AbortSignal | undefined,
): Promise<readonly (DicomHeader | undefined)[]> {
  const limit = limitConcurrency(filesAtOnce, signal ?? new AbortController().signal);
  const results = await Promise.all(
    paths.map((path) =>
      path === undefined || !isDicom(path) ? undefined : limit(() => headerOrFault(path)),
    ),
  );
  return results.map((result) => {
    if (!isRadiolucentError(result, "image")) return result;
    change(`DICOM header not read (${result.problem}): ${otherwise}`);
    return undefined;
  });
}

async function headerOrFault(path: string): Promise<DicomHeader | ImageError> {
  try {
    return await readHeaderOf(path);
  } catch (error) {
    if (isRadiolucentError(error, "image")) return error;
    throw error;
  }
}
