import { TableError, type TableProblem } from "../errors.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { labelMatrix } from "../labels/labelMatrix.js";
import { readHeader, type TableHeader } from "./tableHeader.js";

/** A record of a table while it is read. */
export interface TableRow {
  /** The column's text without space around it; empty where an optional column is absent. */
  text(column: string): string;
  /** Notes a fault of this record: the table is read to its end, then all faults are thrown as one TableError. */
  fault(column: string, message: string, value?: string): void;
  /** Counts a value that was read as something else than it says. */
  change(rule: string): void;
}

/** How the records of a table become labelled studies. */
export interface TableDefinition<S extends Study> {
  /** Names the dataset. */
  readonly name: string;
  /** Names of the label columns. */
  readonly classes: readonly string[];
  /** Column whose text is the study's `imageId`: never empty, no two records alike. */
  readonly imageColumn: string;
  /** Column whose text is the study's `patientId`: never empty. */
  readonly patientColumn: string;
  /** Columns that must be there besides these two. */
  readonly columns: readonly string[];
  /** Makes a study and its labels, one a class: 1, 0 or NaN. After a fault the result is dropped. */
  read(row: TableRow): { readonly study: S; readonly labels: readonly number[] };
}

/** What a whole table gave. */
export interface StudyTable<S extends Study> {
  /** The studies, none dropped. */
  readonly dataset: Dataset<S>;
  /** For each study, the line of the file on which its record starts, from 1. */
  readonly lines: readonly number[];
}

/** Takes a table record by record. */
export interface StudyTableReader<S extends Study> {
  /**
   * Takes the next record, the header first. A record without a field, or with one empty field, is a blank line.
   *
   * @throws TableError for a header that lacks a column or has one twice
   */
  add(fields: readonly string[]): void;
  /** Gives the studies. @throws TableError for every fault noted, or when there was no header */
  finish(): StudyTable<S>;
}

/** How many faults a TableError keeps. */
const faultsKept = 20;

/**
 * Reads a table into studies, one record at a time.
 *
 * @param definition what the columns mean
 * @param file path or name of the table, for errors
 */
export function studyTableReader<S extends Study>(
  definition: TableDefinition<S>,
  file: string,
): StudyTableReader<S> {
  const { imageColumn, patientColumn } = definition;
  const studies: S[] = [];
  const labels: (readonly number[])[] = [];
  const lines: number[] = [];
  const lineOfImage = new Map<string, number>();
  const changed = new Map<string, number>();
  const problems: TableProblem[] = [];
  let problemCount = 0;
  let rowsRead = 0;
  let line = 1;
  let nextLine = 1;
  let header: TableHeader | undefined;
  let fields: readonly string[] = [];

  const note = (problem: TableProblem): void => {
    problemCount++;
    if (problems.length < faultsKept) problems.push(problem);
  };
  const row: TableRow = {
    text(column) {
      const position = header?.positions.get(column);
      return position === undefined ? "" : fields[position]!.trim();
    },
    fault: (column, message, value = row.text(column)) => note({ row: line, column, value, message }),
    change: (rule) => changed.set(rule, (changed.get(rule) ?? 0) + 1),
  };

  const checkIds = (): void => {
    const imageId = row.text(imageColumn);
    if (imageId === "") row.fault(imageColumn, "is empty; expected the image's name");
    else {
      const first = lineOfImage.get(imageId);
      if (first === undefined) lineOfImage.set(imageId, line);
      else row.fault(imageColumn, `"${imageId}" stands already in row ${first}; expected each image once`);
    }
    if (row.text(patientColumn) === "") row.fault(patientColumn, "is empty; expected the patient's id");
  };

  return {
    add(record) {
      line = nextLine;
      nextLine += 1 + lineBreaksIn(record);
      if (record.length === 0 || (record.length === 1 && record[0] === "")) return;
      if (header === undefined) {
        header = readHeader(file, record, [imageColumn, patientColumn, ...definition.columns]);
        return;
      }
      rowsRead++;
      fields = record;
      const { width, unnamedLast } = header;
      if (record.length !== width && !(unnamedLast && record.length === width - 1)) {
        note({ row: line, message: `has ${record.length} fields where the header has ${width}` });
        return;
      }
      if (unnamedLast && (record[width - 1] ?? "").trim() !== "") {
        note({
          row: line,
          value: record[width - 1]!,
          message: "has a value in the last column, which has no name",
        });
        return;
      }
      checkIds();
      const result = definition.read(row);
      if (problemCount > 0) return;
      studies.push(result.study);
      labels.push(result.labels);
      lines.push(line);
    },
    finish() {
      if (header === undefined) {
        throw new TableError(
          file,
          [{ row: 1, message: "there is no header" }],
          "Expected a CSV file, names first.",
        );
      }
      if (problemCount > 0) {
        throw new TableError(
          file,
          problems,
          "Correct these rows or remove them from the table.",
          problemCount,
        );
      }
      const account = {
        rowsRead,
        rowsKept: rowsRead,
        dropped: [],
        changed: Array.from(changed, ([rule, count]) => ({ rule, count })),
      };
      const dataset = {
        name: definition.name,
        studies,
        labels: labelMatrix(definition.classes, labels),
        account,
      };
      return { dataset, lines };
    },
  };
}

/** Reads a whole table; see {@link studyTableReader}. */
export function studiesFromRows<S extends Study>(
  definition: TableDefinition<S>,
  file: string,
  rows: Iterable<readonly string[]>,
): Dataset<S> {
  const reader = studyTableReader(definition, file);
  for (const row of rows) reader.add(row);
  return reader.finish().dataset;
}

/** CR LF is one line break. Goes by character codes, since millions of short fields are looked through. */
function lineBreaksIn(fields: readonly string[]): number {
  let count = 0;
  for (const field of fields) {
    for (let i = 0; i < field.length; i++) {
      const code = field.charCodeAt(i);
      if (code === 10 || (code === 13 && field.charCodeAt(i + 1) !== 10)) count++;
    }
  }
  return count;
}
