import { ArgumentError } from "../errors.js";
import type { Study } from "../labels/dataset.js";
import {
  type DatasetDefinition,
  type DatasetReader,
  type DefinedDataset,
  defineDataset,
  type ReadingReport,
  type StudyEntry,
} from "./defineDataset.js";
import { type FilmPlace, type LungFileLayout, lungFileLayouts, maskFinder } from "./lungFileLayouts.js";
import { checkOneOf } from "./oneOf.js";
import { ownPatientRule } from "./ownPatient.js";
import { type PatientRule, patientOfPath } from "./patientRule.js";

/** A film with the lungs drawn, as the mask "Lungs". */
export interface LungStudy extends Study {
  /** Column "finding" of index.csv, or the reading of Montgomery's and Shenzhen's text files. */
  readonly finding?: string;
}

/** How films and masks lie; see {@link lungSegmentationDefinition}. */
export type LungLayout = LungFileLayout | "index";

/** How lung masks are read. */
export interface LungSegmentationOptions {
  /** How the files lie. Without it every layout but "index" is tried on each file. */
  readonly layout?: LungLayout;
  /**
   * How a film's path names the patient, in the layout "pairs". Without it each of its images counts as a patient of its
   * own.
   */
  readonly patientOf?: PatientRule;
}

/** The rule, in `account.changed`, under which films without masks are counted. */
export const noMaskRule = "no lung mask, or not all of its files: the film has no masks";

/**
 * Films with lung masks, of several published sets. Every study has at most one mask, "Lungs", the union of both. Layouts:
 *
 * - "montgomery" (Jaeger et al., 2014): `CXR_png/MCUCXR_0001_0.png` with `ManualMask/leftMask` and `ManualMask/rightMask`.
 * - "shenzhen" (the same, masks by Stirenko et al., 2018): `CXR_png/CHNCXR_0001_0.png` with `mask/CHNCXR_0001_0_mask.png`,
 *   which 96 of the 662 films lack. The class of both is "Tuberculosis", 1 where the name ends in _1: the sets
 *   call these films abnormal, with signs of tuberculosis.
 * - "jsrt" (Shiraishi et al., 2000; masks: SCR, van Ginneken et al., 2006): `JPCLN001.png` or `JPCNN001.png` with
 *   `left lung/JPCLN001.png` and `right lung/JPCLN001.png`, or `masks/JPCLN001.png`. Its class is "Nodule", 1 for JPCLN. The sets are published as
 *   raw `.IMG` films and `.gif` masks; neither is read here, so convert both to PNG.
 * - "pairs": `images/a.png` with `masks/a.png` or `masks/a_mask.png`. No class.
 * - "index": index.csv names the films (`id`), patients (`patientid`), and where it has the columns, `view` and `finding`;
 *   the files are `images/<id>` and `masks/<id>`. No class.
 *
 * In the first three a film is a patient's only one, and the number in its name is the patient. Films without a mask stay
 * among the studies, with no masks, and are counted in `account.changed`; a film with only one of two masks is such a film,
 * since half of the lungs would be a wrong mask. Keep the others with
 * `filterStudies(dataset, ({ maskPaths }) => maskPaths !== undefined, "no lung mask")`. `account.rowsRead` counts files,
 * of which masks are `merged`; with "index" it counts records. Files that are neither film nor mask are counted as dropped.
 *
 * @throws ArgumentError for a layout that is not there; while reading for a folder without films, a film that is there
 *   twice, a mask of two films, or a path that `patientOf` does not match
 */
export function lungSegmentationDefinition(options: LungSegmentationOptions = {}): DefinedDataset<LungStudy> {
  if (options.layout !== undefined) {
    checkOneOf("options.layout", options.layout, ["index", ...lungFileLayouts.map(({ name }) => name)]);
  }
  const common = {
    name: "Lung masks",
    idColumns: { image: "id", patient: "patientid" },
    maskNames: ["Lungs"],
  };
  const byIndex: DatasetDefinition<LungStudy> = {
    ...common,
    tables: {
      index: {
        files: ["index.csv"],
        columns: ["id", "patientid"],
        optionalColumns: ["view", "finding"],
      },
    },
    imageFiles: ({ imageId }) => [`images/${imageId}`],
    maskFiles: ({ imageId }) => ({ Lungs: [`masks/${imageId}`] }),
    read: indexReader,
  };
  const byFiles: DatasetDefinition<LungStudy> = {
    ...common,
    tables: {},
    imageFiles: ({ path }) => [path!],
    maskFiles: ({ maskPaths }) => maskPaths ?? {},
    read: () => filesReader(options),
  };
  return defineDataset<LungStudy>(options.layout === "index" ? byIndex : byFiles);
}

function indexReader(): DatasetReader<LungStudy> {
  return {
    classes: [],
    tables: {
      index(row) {
        const view = row.text("view");
        const finding = row.text("finding");
        const study = {
          imageId: row.text("id"),
          patientId: row.text("patientid"),
          ...(view !== "" && { view }),
          ...(finding !== "" && { finding }),
        };
        return { study, labels: [] };
      },
    },
  };
}

function filesReader({ layout, patientOf }: LungSegmentationOptions): DatasetReader<LungStudy> {
  const layouts = lungFileLayouts.filter(({ name }) => layout === undefined || name === layout);
  let classes: readonly string[] = [];
  return {
    get classes() {
      return classes;
    },
    tables: {},
    files(paths, report) {
      const films = new Map<string, FilmPlace>();
      for (const path of paths) {
        const film = layouts.map((one) => one.film(path)).find((found) => found !== undefined);
        if (film) films.set(path, film);
      }
      if (films.size === 0) {
        const names = layouts.map(({ name }) => name).join(", ");
        throw new ArgumentError("root", `holds no film where one lies in the layout ${names}`);
      }
      const findings = [...films.values()].flatMap(({ finding }) => finding?.name ?? []);
      classes = [...new Set(findings)].sort();
      return readFilms({ paths, films, classes, patientOf, report });
    },
  };
}

interface Reading {
  readonly paths: readonly string[];
  /** By their paths. */
  readonly films: ReadonlyMap<string, FilmPlace>;
  readonly classes: readonly string[];
  readonly patientOf: PatientRule | undefined;
  readonly report: ReadingReport;
}

function* readFilms({ paths, films, classes, patientOf, report }: Reading): Generator<StudyEntry<LungStudy>> {
  const findMask = maskFinder(paths);
  const used = new Map<string, string>();
  const seen = new Map<string, string>();
  for (const [path, { imageId, patientId, finding, masks }] of films) {
    const twin = seen.get(imageId);
    if (twin !== undefined) {
      throw new ArgumentError("root", `holds the film ${imageId} twice, "${twin}" and "${path}"; keep one`);
    }
    seen.set(imageId, path);
    const mask = masks
      .map((parts) => parts.flatMap((part) => findMask(part) ?? []))
      .find((found, i) => found.length === masks[i]!.length);
    if (mask === undefined) report.change(noMaskRule);
    for (const part of mask ?? []) {
      const other = used.get(part);
      if (other !== undefined) {
        throw new ArgumentError(
          "root",
          `holds two films of the mask "${part}", "${other}" and "${path}"; keep one`,
        );
      }
      used.set(part, path);
    }
    if (patientId === undefined && patientOf === undefined) report.change(ownPatientRule);
    yield {
      study: {
        imageId,
        patientId: patientId ?? (patientOf === undefined ? imageId : patientOfPath(path, patientOf)),
        path,
        ...(mask && { maskPaths: { Lungs: mask } }),
      },
      labels: classes.map((name) => (name === finding?.name ? finding.label : Number.NaN)),
      records: 1 + (mask?.length ?? 0),
    };
  }
  for (const path of paths) {
    if (!films.has(path) && !used.has(path)) report.drop("files", whyNot(path), path);
  }
}

function whyNot(path: string): string {
  if (/\.gif$/i.test(path)) return "a GIF file, which is not read; convert it to PNG";
  if (/\.img$/i.test(path)) return "a raw .IMG film, which is not read; convert it to PNG";
  return "neither a film nor a mask of one, by its name";
}
