import type { BuiltDataset } from "../datasets/datasetBuilder.js";
import type { DatasetDefinition } from "../datasets/defineDataset.js";
import { ArgumentError, TableError } from "../errors.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { filterStudies } from "../labels/selectStudies.js";
import type { FileIndex } from "./fileIndex.js";

/** What to do with a record whose image file is not there. */
export type MissingImages = "drop" | "error";

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
 * Gives each study the paths of its image and masks.
 *
 * @throws ArgumentError when not one image was found
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
  const missing: number[] = [];
  const studies = dataset.studies.map((study, i) => {
    const path = imageFiles && find(imageFiles(study));
    if (imageFiles && path === undefined) missing.push(i);
    const maskPaths = maskFiles && masksOf(maskFiles(study), index);
    return { ...study, ...(path !== undefined && { path }), ...(maskPaths && { maskPaths }) };
  });
  const located = { ...dataset, studies };
  if (missing.length === 0) return located;

  const first = missing[0]!;
  const { file } = places[first]!;
  const source = file ?? dataset.name;
  if (missing.length === studies.length) {
    throw new ArgumentError(
      argument,
      `not one of the ${missing.length} images that ${source} names, such as "${studies[first]!.imageId}", was found in "${images}"`,
    );
  }
  if (missingImages === "error") {
    const ofFile = missing.filter((i) => places[i]!.file === file);
    const problems = ofFile.slice(0, 20).map((i) => {
      const value = studies[i]!.imageId;
      const message = `"${value}" is not in "${images}"`;
      return { row: places[i]!.line, column: idColumns.image, value, message };
    });
    const advice = 'Add the images, or leave these rows out with missingImages: "drop".';
    throw new TableError(source, problems, advice, ofFile.length);
  }
  const absent = new Set(missing);
  return filterStudies(located, (_, i) => !absent.has(i), `no image file in "${images}"`);
}

function masksOf(
  files: Readonly<Record<string, readonly string[]>>,
  index: FileIndex,
): Readonly<Record<string, readonly string[]>> | undefined {
  const found = Object.entries(files).flatMap(([name, candidates]) => {
    const paths = candidates.flatMap((candidate) => index.find(candidate) ?? []);
    return paths.length > 0 ? [[name, paths] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}
