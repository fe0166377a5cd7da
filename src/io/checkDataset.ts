import { isDeepStrictEqual } from "node:util";
import { ArgumentError, isRadiolucentError } from "../errors.js";
import { readPixels } from "../images/readPixels.js";
import { oldestAge } from "../labels/age.js";
import type { Dataset, FindingBox, Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { loadStudyImage } from "./loadStudyImage.js";
import { loadStudyMasks } from "./loadStudyMasks.js";

/** How thoroughly {@link checkDataset} looks. */
export interface DatasetCheckOptions {
  /** How many images, spread over the dataset, are loaded with their masks. Default 3; 0 for tables alone. */
  readonly images?: number;
  /** Ends the check with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What was checked. */
export interface DatasetCheck {
  /** Studies whose ids, labels and fields keep the contract. */
  readonly studies: number;
  /** Images that were loaded. */
  readonly images: number;
  /** Masks that were loaded. */
  readonly masks: number;
}

/**
 * The contract of a dataset, for the test suite of a package that wraps one with `defineDataset`:
 *
 * - every image id and every path is there once, every patient id is not empty, ages are from 0 to 120 years, spacings and boxes above 0;
 * - labels, `uncertain` and every label set have a row for each study and hold 1, 0 or NaN, `uncertain` 1 or 0; what is
 *   uncertain is NaN in the labels;
 * - the account adds up: rows read = kept + merged + dropped, and each count has a reason and examples of the studies;
 * - some images load, are not empty, and hold values of their range; their masks are of `maskNames` and of the image's size,
 *   and a box lies within the image that it was drawn on;
 * - opened twice, the dataset is the same (only when given as a function).
 *
 * ```ts
 * test("keeps the contract", () => checkDataset(() => openDataset(ours, { root: "test/films" })));
 * ```
 *
 * @param dataset the dataset, or a function that opens it
 * @throws ArgumentError that lists everything that is wrong
 */
export async function checkDataset<S extends Study>(
  dataset: Dataset<S> | (() => Dataset<S> | Promise<Dataset<S>>),
  { images = 3, signal }: DatasetCheckOptions = {},
): Promise<DatasetCheck> {
  const problems: string[] = [];
  const opened = typeof dataset === "function" ? await dataset() : dataset;
  checkStudies(opened, problems);
  checkLabels(opened, problems);
  checkAccount(opened, problems);
  if (typeof dataset === "function") {
    const again = await dataset();
    const same = (["studies", "labels", "uncertain", "labelSets", "account"] as const).filter(
      (field) => !isDeepStrictEqual(opened[field], again[field]),
    );
    if (same.length > 0) problems.push(`opened twice, it differs in ${same.join(", ")}`);
  }
  const loaded = await checkImages(opened, images, problems, signal);
  if (problems.length > 0) {
    const shown = problems.slice(0, problemsShown).map((problem) => `\n- ${problem}`);
    const more = problems.length > problemsShown ? `\n(and ${problems.length - problemsShown} more)` : "";
    throw new ArgumentError("dataset", `${opened.name} does not keep the contract:${shown.join("")}${more}`);
  }
  return { studies: opened.studies.length, ...loaded };
}

const problemsShown = 20;

function checkStudies<S extends Study>({ studies, maskNames = [] }: Dataset<S>, problems: string[]): void {
  const seen = new Set<string>();
  const paths = new Set<string>();
  for (const [i, study] of studies.entries()) {
    const { imageId, patientId, ageYears, pixelSpacingMm, boxes = [], boxSize, maskPaths = {}, path } = study;
    const name = `study ${i} ("${imageId}")`;
    if (typeof imageId !== "string" || imageId.trim() === "") problems.push(`study ${i} has no imageId`);
    if (seen.has(imageId)) problems.push(`${name}: its imageId stands twice`);
    seen.add(imageId);
    if (path !== undefined && paths.has(path)) problems.push(`${name}: its path "${path}" stands twice`);
    if (path !== undefined) paths.add(path);
    if (typeof patientId !== "string" || patientId.trim() === "") problems.push(`${name} has no patientId`);
    if (ageYears !== undefined && !(ageYears >= 0 && ageYears <= oldestAge)) {
      problems.push(`${name} is ${ageYears} years old; expected 0 to ${oldestAge}, or no ageYears`);
    }
    if (pixelSpacingMm?.some((mm) => !(mm > 0 && Number.isFinite(mm)))) {
      problems.push(`${name} has a pixelSpacingMm of [${pixelSpacingMm}]; expected numbers above 0`);
    }
    for (const box of boxes)
      if (!isBox(box, boxSize)) problems.push(`${name} has the box ${JSON.stringify(box)}`);
    for (const mask of Object.keys(maskPaths)) {
      if (!maskNames.includes(mask))
        problems.push(`${name} has the mask "${mask}", which is not in maskNames`);
    }
  }
}

function isBox({ x, y, width, height }: FindingBox, size: readonly [number, number] | undefined): boolean {
  const [rows, columns] = size ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  return x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= columns && y + height <= rows;
}

function checkLabels<S extends Study>(dataset: Dataset<S>, problems: string[]): void {
  const { labels, uncertain, labelSets = {}, studies } = dataset;
  const matrices = { labels, ...(uncertain && { uncertain }), ...labelSets };
  for (const [name, matrix] of Object.entries(matrices)) checkMatrix(name, matrix, studies.length, problems);
  if (uncertain === undefined) return;
  if (!isDeepStrictEqual(uncertain.classes, labels.classes)) {
    problems.push("uncertain has other classes than labels");
    return;
  }
  const unsaid = studies.findIndex((_, r) =>
    uncertain.classes.some((__, c) => Number.isNaN(uncertain.values.get(r, c))),
  );
  if (unsaid >= 0) problems.push(`study ${unsaid} is NaN in uncertain; expected 1 or 0`);
  const row = studies.findIndex((_, r) =>
    labels.classes.some(
      (__, c) => uncertain.values.get(r, c) === 1 && !Number.isNaN(labels.values.get(r, c)),
    ),
  );
  if (row >= 0) problems.push(`study ${row} has a label that is uncertain and yet not NaN`);
}

function checkMatrix(name: string, { classes, values }: LabelMatrix, rows: number, problems: string[]): void {
  if (new Set(classes).size !== classes.length) problems.push(`${name} names a class twice`);
  const shape = [rows, classes.length];
  if (!isDeepStrictEqual([...values.shape], shape)) {
    problems.push(`${name} has shape [${values.shape}]; expected [${shape}]`);
    return;
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < classes.length; c++) {
      const value = values.get(r, c);
      if (value === 0 || value === 1 || Number.isNaN(value)) continue;
      problems.push(`${name}: study ${r}, "${classes[c]}" is ${value}; expected 1, 0 or NaN`);
      return;
    }
  }
}

function checkAccount<S extends Study>({ account, studies }: Dataset<S>, problems: string[]): void {
  const { rowsRead, rowsKept, merged = 0, dropped } = account;
  const lost = dropped.reduce((sum, { count }) => sum + count, 0);
  if (rowsRead !== rowsKept + merged + lost) {
    problems.push(
      `the account reads ${rowsRead} rows but keeps ${rowsKept}, merges ${merged} and drops ${lost}`,
    );
  }
  if (rowsKept !== studies.length) {
    problems.push(`the account keeps ${rowsKept} rows for ${studies.length} studies`);
  }
  const kept = new Set(studies.map(({ imageId }) => imageId));
  for (const { reason, count, examples } of dropped) {
    if (reason.trim() === "" || !(count > 0))
      problems.push(`the account drops ${count} rows for "${reason}"`);
    const back = examples.find((example) => kept.has(example));
    if (back !== undefined) problems.push(`the account drops "${back}" (${reason}), which is a study`);
  }
}

async function checkImages<S extends Study>(
  dataset: Dataset<S>,
  count: number,
  problems: string[],
  signal: AbortSignal | undefined,
): Promise<Pick<DatasetCheck, "images" | "masks">> {
  const { studies, maskNames = [] } = dataset;
  const step = Math.max(1, Math.floor(studies.length / Math.max(count, 1)));
  const chosen = studies.filter((_, i) => i % step === 0).slice(0, count);
  const loaded = { images: 0, masks: 0 };
  for (const study of chosen) {
    signal?.throwIfAborted();
    const name = `image "${study.imageId}"`;
    try {
      const { values, height, width, low, span } = readPixels(await loadStudyImage(dataset, study));
      loaded.images++;
      if (values.length === 0) problems.push(`${name} is empty`);
      const outside = values.find((value) => !(value >= low && value <= low + span));
      if (outside !== undefined) problems.push(`${name} holds ${outside}, outside its range`);
      if (study.boxSize === undefined && study.boxes?.some((box) => !isBox(box, [height, width]))) {
        problems.push(`${name} is ${width} x ${height} pixels and has a box outside of it`);
      }
      for (const [mask, { shape, data }] of Object.entries(await loadStudyMasks(dataset, study))) {
        loaded.masks++;
        if (!maskNames.includes(mask))
          problems.push(`${name} has the mask "${mask}", which is not in maskNames`);
        if (shape[0] !== height || shape[1] !== width) {
          problems.push(`${name} is [${height}, ${width}] and its mask "${mask}" [${shape}]`);
        }
        if (data.some((value) => value > 1))
          problems.push(`mask "${mask}" of ${name} holds more than 0 and 1`);
      }
    } catch (error) {
      if (!isRadiolucentError(error)) throw error;
      problems.push(`${name} does not load: ${error.message}`);
    }
  }
  return loaded;
}
