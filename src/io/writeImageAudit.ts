import { isRadiolucentError } from "../errors.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { type ImageAudit, type ImageAuditRow, type ImageFlag, imageFlags } from "./auditImages.js";
import {
  type ContactGroup,
  type ContactSheetOptions,
  type ContactTile,
  contactSheet,
  thumbnail,
} from "./contactSheet.js";
import { csvText } from "./csvText.js";
import { loadStudyImage } from "./loadStudyImage.js";
import { replaceFiles } from "./replaceFiles.js";

/** What the pictures of an audit show. */
export interface ImageAuditPictures extends ContactSheetOptions {
  /** How many images of each flag are shown at most; default 24. */
  readonly perFlag?: number;
  /** Ends the work with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Writes an audit for people to look at: `audit.csv`, one row an image with its flags and measures, and
 * `contact-sheet.png`, small pictures of the flagged images, those that look the same side by side. Files of these
 * names are replaced; the folder is made where it is absent.
 *
 * In the table, several flags or images are separated by "; ", and what is undefined is blank.
 *
 * @param dataset what was audited; the images to show are loaded from it once more
 * @throws ArgumentError for an option out of its range (see {@link contactSheet})
 */
export async function writeImageAudit<S extends Study>(
  directory: string,
  dataset: Pick<Dataset<S>, "studies" | "loadImage">,
  audit: ImageAudit,
  options: ImageAuditPictures = {},
): Promise<void> {
  await replaceFiles(directory, {
    "audit.csv": csvText(auditRecords(audit)),
    "contact-sheet.png": await contactSheet(await auditGroups(dataset, audit, options), options),
  });
}

/** Columns of the table: the name, and what a row has there. */
const columns: readonly (readonly [name: string, (row: ImageAuditRow) => string | number | undefined])[] = [
  ["imageId", ({ imageId }) => imageId],
  ["patientId", ({ patientId }) => patientId],
  ["path", ({ path }) => path],
  ["flags", ({ flags }) => flags.join("; ")],
  ["problem", ({ problem }) => problem],
  ["message", ({ message }) => message],
  ["height", ({ height }) => height],
  ["width", ({ width }) => width],
  ["lowest", ({ quality }) => quality?.lowest],
  ["highest", ({ quality }) => quality?.highest],
  ["contrast", ({ quality }) => quality?.contrast],
  ["blackShare", ({ quality }) => quality?.blackShare],
  ["whiteShare", ({ quality }) => quality?.whiteShare],
  ["nonFinitePixels", ({ quality }) => quality?.nonFinitePixels],
  ["paddingShare", ({ quality }) => quality?.paddingShare],
  ["chestCorrelation", ({ quality }) => quality?.chestCorrelation],
  ["rotation", ({ quality }) => quality?.suspectRotation],
  ["duplicates", ({ duplicates }) => duplicates.join("; ")],
  [
    "nearDuplicates",
    ({ nearDuplicates }) => nearDuplicates.map(({ imageId, bits }) => `${imageId} (${bits} bits)`).join("; "),
  ],
];

function* auditRecords({ rows }: ImageAudit): Generator<readonly (string | number)[]> {
  yield columns.map(([name]) => name);
  for (const row of rows) yield columns.map(([, read]) => field(read(row)));
}

function field(value: string | number | undefined): string | number {
  if (value === undefined || Number.isNaN(value)) return "";
  return typeof value === "number" ? Number(value.toFixed(4)) : value;
}

async function auditGroups<S extends Study>(
  dataset: Pick<Dataset<S>, "studies" | "loadImage">,
  audit: ImageAudit,
  { perFlag = 24, tile = 180, signal }: ImageAuditPictures,
): Promise<ContactGroup[]> {
  const studies = new Map(dataset.studies.map((study) => [study.imageId, study]));
  const groups: ContactGroup[] = [];
  for (const flag of imageFlags) {
    const flagged = besideTheirLikes(audit.rows.filter(({ flags }) => flags.includes(flag)));
    if (flagged.length === 0) continue;
    const tiles: ContactTile[] = [];
    for (const row of flagged.slice(0, perFlag)) {
      signal?.throwIfAborted();
      const image = await pictureOf(dataset, studies.get(row.imageId), tile);
      tiles.push({ ...(image && { image }), caption: [row.imageId, remark(flag, row)] });
    }
    const shown = tiles.length < flagged.length ? `, the first ${tiles.length} shown` : "";
    groups.push({ title: `${flag}: ${flagged.length} of ${audit.rows.length} images${shown}`, tiles });
  }
  return groups.length > 0
    ? groups
    : [{ title: `${audit.name}: none of ${audit.rows.length} images is flagged`, tiles: [] }];
}

/** The rows in their order, but each followed by those that look the same. */
function besideTheirLikes(rows: readonly ImageAuditRow[]): ImageAuditRow[] {
  const left = new Map(rows.map((row) => [row.imageId, row]));
  return rows.flatMap((row) => {
    const likes = [row.imageId, ...row.duplicates, ...row.nearDuplicates.map(({ imageId }) => imageId)];
    if (!left.has(row.imageId)) return [];
    return likes.flatMap((id) => {
      const like = left.get(id);
      left.delete(id);
      return like ?? [];
    });
  });
}

async function pictureOf<S extends Study>(
  dataset: Pick<Dataset<S>, "loadImage">,
  study: S | undefined,
  tile: number,
) {
  if (study === undefined) return undefined;
  try {
    return thumbnail(await loadStudyImage(dataset, study), tile);
  } catch (error) {
    if (isRadiolucentError(error, "image")) return undefined;
    throw error;
  }
}

/** What a picture's second line says of it. */
function remark(flag: ImageFlag, row: ImageAuditRow): string {
  const { quality, height, width } = row;
  const percent = (share = Number.NaN) => `${Math.round(100 * share)}%`;
  switch (flag) {
    case "unreadable":
      return row.problem ?? "";
    case "tiny":
      return `${width} x ${height} pixels`;
    case "padded":
      return `${percent(quality?.paddingShare)} margin`;
    case "pale":
      return `contrast ${quality?.contrast.toFixed(2)}`;
    case "rotated":
      return `turned ${quality?.suspectRotation}° clockwise?`;
    case "non-finite":
      return `${quality?.nonFinitePixels} pixels`;
    case "unlike-chest":
      return `correlation ${quality?.chestCorrelation.toFixed(2)}`;
    case "duplicate":
      return `= ${row.duplicates.join(", ")}`;
    case "near-duplicate":
      return nearest(row.nearDuplicates);
    default:
      return row.flags.join(", ");
  }
}

function nearest([first, ...others]: ImageAuditRow["nearDuplicates"]): string {
  return `${first?.bits} bits: ${first?.imageId}${others.length > 0 ? ` (+${others.length})` : ""}`;
}
