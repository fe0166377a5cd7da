import type { BuiltDataset } from "../datasets/datasetBuilder.js";
import type { DatasetDefinition } from "../datasets/defineDataset.js";
import { ArgumentError, TableError } from "../errors.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { filterStudies } from "../labels/selectStudies.js";
import type { FileIndex } from "./fileIndex.js";

/** What to do with a record whose image file is not there. */
export type MissingImages = "drop" | "keep" | "error";

/** Where the images are, and what to do without them. */
export interface ImagePlace {
  /** Their folder. */
  readonly images: string;
  /** The caller's argument that gave it, named in errors. */
  readonly argument: string;
  /** What to do where there is none. */
  readonly missingImages: MissingImages;
}

/**
 * Gives each study the paths of its image and masks. A mask of which only some files are there is left out, since its
 * union would be a part of it, and counted.
 *
 * @throws ArgumentError when not one image was found, unless `missingImages` is "keep", or one file is the image of two
 *   studies
 * @throws TableError when some were not found and `missingImages` is "error"; it lists those of one table
 */
export function withPaths<S extends Study>(
  { dataset, places }: BuiltDataset<S>,
  { imageFiles, maskFiles, idColumns }: DatasetDefinition<S>,
  index: FileIndex,
  { images, argument, missingImages }: ImagePlace,
): Dataset<S> {
  const find = (names: readonly string[]) => {
    for (const name of names) {
      const path = index.find(name);
      if (path !== undefined) return path;
    }
    return undefined;
  };
  const nameOf = (i: number): string => {
    const { file, line } = places[i]!;
    const row = file === undefined ? "" : ` (row ${line} of ${file})`;
    return `"${dataset.studies[i]!.imageId}"${row}`;
  };
  const missing: number[] = [];
  const studyOfPath = new Map<string, number>();
  let partial = 0;
  const studies = dataset.studies.map((study, i) => {
    const path = imageFiles && find(imageFiles(study));
    if (imageFiles && path === undefined) missing.push(i);
    if (path !== undefined) {
      const other = studyOfPath.get(path);
      if (other !== undefined) {
        throw new ArgumentError(
          argument,
          `"${path}" is the image of both ${nameOf(other)} and ${nameOf(i)}; expected a file for each`,
        );
      }
      studyOfPath.set(path, i);
    }
    const masks = maskFiles && masksOf(maskFiles(study), index);
    partial += masks?.partial ?? 0;
    return { ...study, ...(path !== undefined && { path }), ...(masks?.paths && { maskPaths: masks.paths }) };
  });
  const changed = [...dataset.account.changed];
  if (partial > 0) changed.push({ rule: partialMaskRule, count: partial });
  if (missing.length > 0 && missingImages === "keep")
    changed.push({ rule: `no image file in "${images}": the study has no path`, count: missing.length });
  const located = { ...dataset, studies, account: { ...dataset.account, changed } };
  if (missing.length === 0 || missingImages === "keep") return located;

  const first = missing[0]!;
  const { file } = places[first]!;
  const source = file ?? dataset.name;
  if (missing.length === studies.length) {
    throw new ArgumentError(
      argument,
      `not one of the ${missing.length} images that ${source} names, such as "${studies[first]!.imageId}", was found in "${images}"; to read without them, set missingImages to "keep"`,
    );
  }
  if (missingImages === "error") {
    const ofFile = missing.filter((i) => places[i]!.file === file);
    const problems = ofFile.slice(0, 20).map((i) => {
      const value = studies[i]!.imageId;
      const message = `"${value}" is not in "${images}"`;
      return { row: places[i]!.line, column: idColumns.image, value, message };
    });
    const advice =
      'Add the images, leave these rows out with missingImages: "drop", or keep them without path with "keep".';
    throw new TableError(source, problems, advice, ofFile.length);
  }
  const absent = new Set(missing);
  return filterStudies(located, (_, i) => !absent.has(i), `no image file in "${images}"`);
}

/** The rule, in `account.changed`, under which masks are counted of which only some files are there. */
const partialMaskRule = "only some files of a mask are there: the mask is left out";

/** The masks whose files are all there, and how many have only some. */
function masksOf(
  files: Readonly<Record<string, readonly string[]>>,
  index: FileIndex,
): { readonly paths?: Readonly<Record<string, readonly string[]>>; readonly partial: number } {
  const whole: [name: string, paths: readonly string[]][] = [];
  let partial = 0;
  for (const [name, parts] of Object.entries(files)) {
    const paths = parts.flatMap((part) => index.find(part) ?? []);
    if (paths.length === 0) continue;
    if (paths.length === parts.length) whole.push([name, paths]);
    else partial++;
  }
  return { ...(whole.length > 0 && { paths: Object.fromEntries(whole) }), partial };
}
