import { ArgumentError } from "../errors.js";
import {
  padChestFindings,
  padChestNames,
  padChestPathologies,
  padChestTubes,
  padChestWordsUnder,
} from "../labels/padChestFindings.js";
import { type DatasetReader, type DefinedDataset, defineDataset, type StudyEntry } from "./defineDataset.js";
import { joinedByImage } from "./joinedByImage.js";
import { nearName } from "./nearName.js";
import { checkOneOf } from "./oneOf.js";
import {
  type PadChestCell,
  type PadChestClass,
  padChestLabeller,
  padChestLabelReader,
} from "./padChestLabels.js";
import { type PadChestStudy, padChestStudyColumns, readPadChestStudy } from "./padChestStudy.js";

/** The projections of PadChest. */
export type PadChestProjection = "PA" | "L" | "AP" | "AP_horizontal" | "COSTAL" | "EXCLUDE" | "UNK";

const projections: readonly PadChestProjection[] = [
  "PA",
  "L",
  "AP",
  "AP_horizontal",
  "COSTAL",
  "EXCLUDE",
  "UNK",
];

/** How PadChest is read. Without options no record is left out. */
export interface PadChestOptions {
  /**
   * The dataset's classes: names of `padChestNames` ("Effusion") or words of `padChestFindings` ("aortic elongation"); or
   * "all", which makes a class of each word that occurs. Default `padChestPathologies`.
   */
  readonly classes?: readonly string[] | "all";
  /**
   * Whether words below a class's own in `padChestTree` count for it, as "lobar atelectasis" does for Atelectasis. Default
   * true: they say that the finding is there. False reads them as if they were other findings.
   */
  readonly hierarchy?: boolean;
  /**
   * How findings are read that are not listed beside "unchanged", when the report only refers to an earlier one. Default
   * "unknown"; "absent" is counted in `account.changed`.
   */
  readonly unchanged?: "unknown" | "absent";
  /** Keeps these projections only. */
  readonly projections?: readonly PadChestProjection[];
  /** Leaves out studies marked "suboptimal study". Default false. */
  readonly dropSuboptimal?: boolean;
  /** Leaves out studies marked "exclude". Default false. */
  readonly dropExcluded?: boolean;
  /** Leaves out studies for which nothing is listed. Default false. */
  readonly dropUnlabelled?: boolean;
  /** Names of images to leave out, such as broken files ("216840111366964012283393834152009033102258826_00-059-087.png"). */
  readonly invalidImages?: readonly string[];
}

/**
 * PadChest (Bustos et al., Medical Image Analysis 2020). Its tables:
 *
 * - `entries`, the main one: PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv, a record for each image. "ImageID",
 *   "PatientID" and "Labels" must be there; the other columns are read where they are.
 * - `invalidImages`, optional: a list of images to leave out (invalid_images.txt, a name on each line).
 *
 * "Labels" is a Python list of words. A class is 1 where its word, or with `hierarchy` a word below it, is listed. It is 0
 * where the list names other findings or says "normal", and NaN where it is blank or empty, where "exclude" stands in it,
 * where it holds nothing but "suboptimal study", and (unless `unchanged` is "absent") beside "unchanged". A word that is not
 * in `padChestFindings` is a finding like others; if it is near a word that counts for a class ("pneumotorax"), that class is
 * NaN. Each such reading is counted in `account.changed`, by rule and word, once for each record. The words of a study are
 * kept in `findings`.
 *
 * The four tubes are the label set "tubes"; `withLabelSet` makes them the labels.
 *
 * `view` is "Projection", `sex` "PatientSex_DICOM", `ageYears` the year of "StudyDate_DICOM" less "PatientBirth", so up to a year
 * too high; an age below 0 or above 120 is left out and counted. "nan" and "None" are read as blank. Images, of 16 bits, are
 * found as `<ImageDir>/<ImageID>` or by their name in any folder.
 *
 * Records that options leave out are counted in `account.dropped` under the first reason of: invalid image, unlabelled,
 * excluded, suboptimal, projection.
 *
 * @throws ArgumentError for a class that is neither name nor word, or an option that is none of those named
 */
export function padChestDefinition(options: PadChestOptions = {}): DefinedDataset<PadChestStudy> {
  const { classes = padChestPathologies, hierarchy = true, unchanged = "unknown" } = options;
  checkOneOf("options.unchanged", unchanged, ["unknown", "absent"]);
  for (const projection of options.projections ?? []) {
    checkOneOf("options.projections", projection, projections);
  }
  const classOf = (name: string): PadChestClass => namedClass(name, hierarchy);
  const fixed = classes === "all" ? undefined : classes.map(classOf);
  const tubes = padChestTubes.map(classOf);
  return defineDataset<PadChestStudy>({
    name: "PadChest",
    tables: {
      invalidImages: { files: ["invalid_images.txt"], columns: ["name"], optional: true, format: "list" },
      entries: {
        files: ["PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"],
        columns: ["ImageID", "PatientID", "Labels"],
        optionalColumns: padChestStudyColumns,
      },
    },
    idColumns: { image: "ImageID", patient: "PatientID" },
    imageFiles: ({ imageId, imageDir }) =>
      imageDir === undefined ? [imageId] : [`${imageDir}/${imageId}`, imageId],
    read: () => padChestReader(fixed, tubes, { ...options, hierarchy, unchanged }),
  });
}

type Settings = PadChestOptions & Required<Pick<PadChestOptions, "hierarchy" | "unchanged">>;

function padChestReader(
  fixed: readonly PadChestClass[] | undefined,
  tubes: readonly PadChestClass[],
  settings: Settings,
): DatasetReader<PadChestStudy> {
  const readCell = padChestLabelReader();
  const invalid = joinedByImage<true>();
  const invalidNames = new Set(settings.invalidImages);
  // With "all", the classes are known when everything is read: until then the studies wait.
  const waiting: { study: PadChestStudy; cell: PadChestCell; line: number }[] = [];
  let classes = fixed ?? [];

  const labelTubes = padChestLabeller(tubes, settings.unchanged);
  let labelClasses = padChestLabeller(classes, settings.unchanged);

  const entryOf = (
    study: PadChestStudy,
    cell: PadChestCell,
    change: (rule: string) => void,
  ): StudyEntry<PadChestStudy> => {
    const rules = new Set<string>();
    const note = (rule: string) => void rules.add(rule);
    const entry = { study, labels: labelClasses(cell, note), labelSets: { tubes: labelTubes(cell, note) } };
    for (const rule of rules) change(rule);
    return entry;
  };

  return {
    get classes() {
      return classes.map(({ name }) => name);
    },
    labelSets: { tubes: padChestTubes },
    tables: {
      invalidImages(row) {
        invalid.add("invalidImages", row.text("name"), true);
        return undefined;
      },
      entries(row) {
        const cell = readCell(row, "Labels");
        const study = readPadChestStudy(row, cell);
        // An image without a name is a fault, whatever the list says.
        const named = study.imageId !== "";
        const listed = named && (invalid.take(study.imageId) === true || invalidNames.has(study.imageId));
        const reason = listed ? "invalid image" : reasonToDrop(study, settings);
        if (reason !== undefined) {
          row.drop(reason, study.imageId);
          return undefined;
        }
        if (fixed) return entryOf(study, cell, row.change);
        waiting.push({ study, cell, line: row.line });
        return undefined;
      },
    },
    *finish(report) {
      invalid.reportRest(report, "its image is not among the entries");
      if (fixed) return;
      const words = new Set(waiting.flatMap(({ cell }) => cell.findings));
      classes = [...words].sort().map((word) => wordClass(word, word, settings.hierarchy));
      labelClasses = padChestLabeller(classes, settings.unchanged);
      for (const { study, cell, line } of waiting) yield { ...entryOf(study, cell, report.change), line };
    },
  };
}

function reasonToDrop(study: PadChestStudy, options: PadChestOptions): string | undefined {
  if (options.dropUnlabelled && !study.labelled) return "no labels";
  if (options.dropExcluded && study.excluded) return 'marked "exclude"';
  if (options.dropSuboptimal && study.suboptimal) return 'marked "suboptimal study"';
  const { view } = study;
  if (options.projections && !(options.projections as readonly (string | undefined)[]).includes(view)) {
    return view === undefined ? "no projection" : `projection ${view}`;
  }
  return undefined;
}

function namedClass(name: string, hierarchy: boolean): PadChestClass {
  const named = Object.hasOwn(padChestNames, name) ? padChestNames[name as keyof typeof padChestNames] : name;
  if (padChestFindings.includes(named)) return wordClass(name, named, hierarchy);
  const near = nearName(name, [...Object.keys(padChestNames), ...padChestFindings]);
  throw new ArgumentError(
    "options.classes",
    `"${name}" is no finding of PadChest${near === undefined ? "; see padChestFindings" : `; is it "${near}"?`}`,
  );
}

function wordClass(name: string, word: string, hierarchy: boolean): PadChestClass {
  return { name, word, words: hierarchy ? padChestWordsUnder(word) : new Set([word]) };
}
