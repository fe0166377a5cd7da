import { ArgumentError } from "../errors.js";
import type { Study } from "../labels/dataset.js";
import {
  type DatasetReader,
  type DefinedDataset,
  defineDataset,
  type ReadingReport,
  type StudyEntry,
} from "./defineDataset.js";
import { notAnImage } from "./imageFileName.js";
import { nearName } from "./nearName.js";
import { ownPatientRule } from "./ownPatient.js";
import { type PatientRule, patientOfPath } from "./patientRule.js";

/** What the folders of a dataset mean. */
export interface FolderDatasetOptions {
  /**
   * Names of the folders that are classes, in the order of the label matrix. They may lie at any depth; the folders above
   * one are the study's `split` (`train/PNEUMONIA/1.jpeg`: "train"). By default the folders right below the dataset's,
   * sorted.
   */
  readonly classes?: readonly string[];
  /** Name of the folder that is no class: its images have none of the findings. */
  readonly negative?: string;
  /**
   * How an image's path names the patient, such as `/person\d+|IM-\d+/` for Kermany's children. Without it each image
   * counts as a patient of its own, and images of one person may come into several sets of a split.
   */
  readonly patientOf?: PatientRule;
  /** Names the dataset; default "folders". */
  readonly name?: string;
}

/**
 * A dataset without a table: a folder for each class. Labels are 1 for the class of the image's folder and 0 for all
 * others, all 0 in the folder `negative`. `imageId` is the path below the dataset's folder, so equal names in two classes
 * stay apart. `openDataset` reads it; `account.rowsRead` counts files. Files in no class folder, files that are no images by
 * their names (png, jpg, jpeg, dcm, dicom) and hidden files are counted as dropped.
 *
 * @throws ArgumentError for a class that stands twice or is `negative`; while reading for a folder without class folders,
 *   no `classes` where the folders are named as sets are (train, val, test), a class or negative folder that is not there
 *   or empty (with the nearest name), an image inside two class folders, or a path that `patientOf` does not match
 */
export function folderDatasetDefinition(options: FolderDatasetOptions = {}): DefinedDataset {
  const { classes = [], negative, name = "folders" } = options;
  const repeated = [...classes, negative].find((folder, i, all) => all.indexOf(folder) !== i);
  if (repeated !== undefined) throw new ArgumentError("options.classes", `"${repeated}" stands twice`);
  return defineDataset({
    name,
    tables: {},
    idColumns: { image: "path", patient: "path" },
    imageFiles: ({ imageId }) => [imageId],
    read: () => folderReader(options),
  });
}

/** Such folders hold the classes' folders. */
const nameOfSet = /^(train|val|valid|test|training|validation|testing|dev)$/i;

function folderReader({ classes, negative, patientOf }: FolderDatasetOptions): DatasetReader {
  let found: readonly string[] = classes ?? [];
  return {
    get classes() {
      return found;
    },
    tables: {},
    files(paths, report) {
      const images = imagesOf(paths, report);
      found = classes ?? topFolders(images).filter((folder) => folder !== negative);
      const folders = [...found, ...(negative === undefined ? [] : [negative])];
      if (folders.length === 0) {
        throw new ArgumentError("root", "holds no folder with images; expected one for each class");
      }
      const set = classes ? undefined : found.find((folder) => nameOfSet.test(folder));
      if (set !== undefined) {
        throw new ArgumentError(
          "options.classes",
          `is absent, and "${set}" looks like a set, not a class; name the folders that are classes`,
        );
      }
      return readImages(images, { classes: found, folders, patientOf, report });
    },
  };
}

interface Reading {
  readonly classes: readonly string[];
  /** The classes and the negative folder. */
  readonly folders: readonly string[];
  readonly patientOf: PatientRule | undefined;
  readonly report: ReadingReport;
}

function* readImages(
  images: readonly string[],
  { classes, folders, patientOf, report }: Reading,
): Generator<StudyEntry> {
  const seen = new Set<string>();
  for (const path of images) {
    const above = path.split("/").slice(0, -1);
    const [place, ...more] = above.flatMap((part, i) => (folders.includes(part) ? [i] : []));
    if (place === undefined) {
      report.drop("files", "in none of the class folders", path);
      continue;
    }
    if (more.length > 0) {
      throw new ArgumentError("options.classes", `"${path}" lies inside two class folders`);
    }
    const folder = above[place]!;
    seen.add(folder);
    if (patientOf === undefined) report.change(ownPatientRule);
    const study: Study = {
      imageId: path,
      patientId: patientOf === undefined ? path : patientOfPath(path, patientOf),
      ...(place > 0 && { split: above.slice(0, place).join("/") }),
    };
    yield { study, labels: classes.map((name) => (name === folder ? 1 : 0)) };
  }
  const absent = folders.find((folder) => !seen.has(folder));
  if (absent === undefined) return;
  const near = nearName(absent, [...new Set(images.flatMap((path) => path.split("/").slice(0, -1)))]);
  const hint = near === undefined ? "" : `; is it "${near}"?`;
  throw new ArgumentError("options.classes", `there is no image in a folder "${absent}"${hint}`);
}

function imagesOf(paths: readonly string[], report: ReadingReport): readonly string[] {
  return paths.filter((path) => {
    const reason = notAnImage(path);
    if (reason !== undefined) report.drop("files", reason, path);
    return reason === undefined;
  });
}

function topFolders(images: readonly string[]): readonly string[] {
  const folders = images.flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : []));
  return [...new Set(folders)];
}
