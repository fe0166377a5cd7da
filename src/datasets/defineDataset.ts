import type { DicomHeader } from "../dicom/header.js";
import { ArgumentError } from "../errors.js";
import type { Dataset, Masks, Study } from "../labels/dataset.js";
import { datasetBuilder } from "./datasetBuilder.js";
import { mainTables } from "./mainTables.js";
import type { TableRow } from "./tableRecords.js";

/** A table that a dataset is published with. */
export interface TableSource {
  /** Names that the file may have in the dataset's folder, best first; each is also looked for with `.gz`. */
  readonly files: readonly string[];
  /** Columns that must be there. */
  readonly columns: readonly string[];
  /** Columns that are read where they are there; their text is empty where they are not. */
  readonly optionalColumns?: readonly string[];
  /** Whether the dataset can be read without it. Default false. Of the main tables, one at least must be there. */
  readonly optional?: boolean;
  /**
   * Whether its records become studies, as those of the last table always do: a dataset published with a table for each
   * set has several such tables, and their records are counted together. Default false.
   */
  readonly main?: boolean;
  /**
   * "csv" (default): comma-separated, names first. "list": a name at the start of each line, without a header; it is
   * the column "name", and words after it are not read.
   */
  readonly format?: "csv" | "list";
}

/** A study and what is known of it. */
export interface StudyEntry<S extends Study = Study> {
  /** The study; its `imageId` is of this study only, its `patientId` is not empty. */
  readonly study: S;
  /** One value for each class: 1, 0 or NaN. */
  readonly labels: ArrayLike<number>;
  /** One value for each class: 1 where the source says "uncertain" (the label is NaN there), otherwise 0. */
  readonly uncertain?: ArrayLike<number>;
  /** Values of further label sets, by name; a set that is left out is NaN for this study. */
  readonly labelSets?: Readonly<Record<string, ArrayLike<number>>>;
  /** How many records of the main table the study was made of. Default 1. */
  readonly records?: number;
  /** Line of the main table on which the first of them starts; by default that of the record being read. */
  readonly line?: number;
}

/** Where a reader says what it did. */
export interface ReadingReport {
  /** Counts values that were read as something else than they say. */
  change(rule: string): void;
  /** Counts a record of a table of which no study was made, and why; `example` names it. */
  drop(table: string, reason: string, example: string): void;
  /** Notes a fault of the main table; all are thrown as one TableError. Without a table, throws at once. */
  fault(line: number, column: string, message: string): void;
}

/** Reads the tables of a dataset once. */
export interface DatasetReader<S extends Study = Study> {
  /** Names of the findings. May depend on what was read, if all studies come from `finish`. */
  readonly classes: readonly string[];
  /** Names of the findings of each label set; sets that are not named here have the dataset's `classes`. */
  readonly labelSets?: Readonly<Record<string, readonly string[]>>;
  /**
   * A function for each table, called with its records. For the main table it may return the study that the record is.
   * Where several records make a study, it returns nothing, and `finish` gives the studies. A record of the main table of
   * which no study tells must be dropped (`row.drop`): the account has to add up.
   */
  readonly tables: Readonly<Record<string, (row: TableRow) => StudyEntry<S> | undefined>>;
  /** For datasets without a table: studies made of the files' paths, relative to the folder, / between parts, sorted. */
  readonly files?: (paths: readonly string[], report: ReadingReport) => Iterable<StudyEntry<S>>;
  /** Called once after all tables were read; gives the studies that are not given yet. */
  readonly finish?: (report: ReadingReport) => Iterable<StudyEntry<S>>;
}

/** What a dataset is, and how its tables become studies. */
export interface DatasetDefinition<S extends Study = Study> {
  /** Names the dataset in reports. */
  readonly name: string;
  /**
   * Its tables by a name of their own, read in this order. The last is the main one, whose records become studies;
   * others may be main tables too.
   */
  readonly tables: Readonly<Record<string, TableSource>>;
  /** Columns of the main table that hold image and patient, named in errors about ids. */
  readonly idColumns: {
    /** Of `imageId`. */
    readonly image: string;
    /** Of `patientId`. */
    readonly patient: string;
  };
  /** Begins a reading; what it notes must stay within what it returns, since a dataset may be read several times. */
  readonly read: () => DatasetReader<S>;
  /**
   * Names that a study's image file may have, best first: a file name, or the end of a path with / between its parts
   * ("train/patient00001/study1/view1_frontal.jpg"). Absent where images are not looked for.
   */
  readonly imageFiles?: (study: S) => readonly string[];
  /** Names of the masks that studies may have. */
  readonly maskNames?: readonly string[];
  /**
   * Files of a study's masks by mask name, each named as in `imageFiles`. A mask is the union of its files; without any of
   * them the study does not have it, and if only some are there, it is left out and counted in `account.changed`.
   */
  readonly maskFiles?: (study: S) => Readonly<Record<string, readonly string[]>>;
  /** Makes a study's masks where they are not files. */
  readonly loadMasks?: (study: S) => Masks;
  /**
   * Adds to a study what the header of its DICOM file says; called for each study whose image is one. `change` counts a
   * value that is read as something else than the tables say. Headers that cannot be read are counted.
   */
  readonly fromHeader?: (study: S, header: DicomHeader, change: (rule: string) => void) => S;
  /**
   * The name, as in `imageFiles`, that a DICOM file should have by its header, or undefined. Where images are not found,
   * the DICOM files of other names are looked through by it, and what is found so is counted.
   */
  readonly nameInHeader?: (header: DicomHeader) => string | undefined;
}

/** A dataset that can be read from rows, here, or from files with `openDataset` of `radiolucent/node`. */
export interface DefinedDataset<S extends Study = Study> extends DatasetDefinition<S> {
  /**
   * Reads tables that were already split into fields, in a browser for instance; studies have no path.
   *
   * @param tables the records of each table, the header first (a list has none), blank lines included if line numbers in
   *   errors shall be right; or with the file's name, for errors
   * @throws TableError for a column absent or doubled, a ragged row, an empty or repeated image id, an empty patient id,
   *   and every fault that the definition finds; it lists file, rows and columns
   * @throws ArgumentError for a table that is missing and not optional, or that the dataset does not have; and when the
   *   definition lost a record of the main table, neither making a study of it nor dropping it
   */
  fromTables(tables: Readonly<Record<string, TableRows>>): Dataset<S>;
}

/** Records of a table; `file` names it in errors. */
export type TableRows =
  | Iterable<readonly string[]>
  | {
      /** Names the table in errors. */
      readonly file: string;
      /** The records. */
      readonly rows: Iterable<readonly string[]>;
    };

/**
 * Wraps a dataset: says which tables it has and how their records become studies and labels. What every dataset needs is
 * done here: columns and ids are checked, faults come together as one error that names file, row and column, and what was
 * dropped, merged or changed is counted.
 *
 * ```ts
 * const hospital = defineDataset({
 *   name: "Our hospital",
 *   tables: { films: { files: ["films.csv"], columns: ["file", "patient", "effusion"] } },
 *   idColumns: { image: "file", patient: "patient" },
 *   read: () => ({
 *     classes: ["Effusion"],
 *     tables: {
 *       films(row) {
 *         const effusion = { yes: 1, no: 0, "": Number.NaN }[row.text("effusion")];
 *         if (effusion === undefined) row.fault("effusion", "expected yes, no or nothing");
 *         return {
 *           study: { imageId: row.text("file"), patientId: row.text("patient") },
 *           labels: [effusion ?? Number.NaN],
 *         };
 *       },
 *     },
 *   }),
 *   imageFiles: ({ imageId }) => [imageId],
 * });
 * const dataset = await openDataset(hospital, { root: "films" }); // of radiolucent/node
 * ```
 *
 * @throws ArgumentError when a reader has no function for a table, or one for a table that is not there
 */
export function defineDataset<S extends Study>(definition: DatasetDefinition<S>): DefinedDataset<S> {
  const names = Object.keys(definition.tables);
  const { tables } = definition.read();
  for (const name of names) {
    if (!Object.hasOwn(tables, name)) {
      throw new ArgumentError("definition.read", `returns no function for the table "${name}"`);
    }
  }
  for (const name of Object.keys(tables)) {
    if (!names.includes(name)) {
      throw new ArgumentError("definition.read", `has a function for "${name}", which is no table`);
    }
  }
  return {
    ...definition,
    fromTables(given) {
      const stranger = Object.keys(given).find((name) => !names.includes(name));
      if (stranger !== undefined) {
        throw new ArgumentError(`tables.${stranger}`, `is none of ${names.join(", ")}`);
      }
      const mains = mainTables(definition.tables);
      if (mains.length > 1 && mains.every((name) => given[name] === undefined)) {
        throw new ArgumentError("tables", `has none of ${mains.join(", ")}; expected one at least`);
      }
      const builder = datasetBuilder(definition);
      for (const name of names) {
        const table = given[name];
        if (table === undefined) {
          if (definition.tables[name]!.optional) continue;
          throw new ArgumentError(`tables.${name}`, "is missing");
        }
        const { file, rows } = "file" in table ? table : { file: name, rows: table };
        const records = builder.table(name, file);
        for (const fields of rows) records.add(fields);
        records.end();
      }
      return builder.finish().dataset;
    },
  };
}
