import { ArgumentError, TableError, type TableProblem } from "../errors.js";
import { readHeader, type TableHeader } from "./tableHeader.js";

/** A record of a table while it is read. The object is used for every record: keep what it gives, not itself. */
export interface TableRow {
  /** Line of the file on which the record starts, from 1. */
  readonly line: number;
  /** Whether the table has a column of this name. */
  has(column: string): boolean;
  /**
   * The column's text without space around it; empty where an optional column is absent.
   *
   * @throws ArgumentError for a column that the table's definition does not name, most often a misspelt one
   */
  text(column: string): string;
  /** Notes a fault of this record: the table is read to its end, then all faults are thrown as one TableError. */
  fault(column: string, message: string, value?: string): void;
  /** Counts a value that was read as something else than it says. */
  change(rule: string): void;
  /** Counts this record as one of which no study is made, and why; `example` names it. */
  drop(reason: string, example: string): void;
}

/** Names of a table's columns. */
export interface TableShape {
  /** Columns that must be there. */
  readonly columns: readonly string[];
  /** Columns that are read where they are there. */
  readonly optionalColumns?: readonly string[];
  /** "list": there is no header, and the first word of a line is the column "name". */
  readonly format?: "csv" | "list";
}

/** Takes a table record by record. */
export interface TableRecords {
  /**
   * Takes the next record, the header first. A record without a field, or with one empty field, is a blank line.
   *
   * @throws TableError for a header that lacks a column or has one twice
   */
  add(fields: readonly string[]): void;
  /** Notes a fault of a record that was read before. */
  fault(problem: TableProblem): void;
  /** Records read so far, without the header. */
  readonly rowsRead: number;
  /** Whether a fault was noted. */
  readonly faulty: boolean;
  /** @throws TableError when there was no header */
  checkHeader(): void;
  /** @throws TableError for every fault noted, or when there was no header */
  end(): void;
}

/** How many faults a TableError keeps. */
const faultsKept = 20;

/**
 * Reads a table, record by record.
 *
 * @param shape its columns
 * @param file path or name of the table, for errors
 * @param onRow called for each record that has as many fields as the header; after it returns the row is used again
 * @param onChange called for each value that was read as something else
 * @param onDrop called for each record of which no study is made
 */
export function tableRecords(
  shape: TableShape,
  file: string,
  onRow: (row: TableRow) => void,
  onChange: (rule: string) => void,
  onDrop: (reason: string, example: string) => void,
): TableRecords {
  const problems: TableProblem[] = [];
  let problemCount = 0;
  let rowsRead = 0;
  let line = 1;
  let nextLine = 1;
  const list = shape.format === "list";
  let header: TableHeader | undefined = list ? readHeader(file, ["name"], shape.columns) : undefined;
  let fields: readonly string[] = [];

  const note = (problem: TableProblem): void => {
    problemCount++;
    if (problems.length < faultsKept) problems.push(problem);
  };
  const declared = new Set([...shape.columns, ...(shape.optionalColumns ?? [])]);
  const row: TableRow = {
    get line() {
      return line;
    },
    has: (column) => header?.positions.has(column) === true,
    text(column) {
      const position = header?.positions.get(column);
      if (position !== undefined) return (fields[position] ?? "").trim();
      if (declared.has(column)) return "";
      throw new ArgumentError(
        "column",
        `"${column}" is read from ${file} and is neither there nor among the columns of its definition; name it there`,
      );
    },
    fault: (column, message, value = row.text(column)) => note({ row: line, column, value, message }),
    change: onChange,
    drop: onDrop,
  };

  const checkHeader = (): void => {
    if (header !== undefined) return;
    const problem = { row: 1, message: "there is no header" };
    throw new TableError(file, [problem], "Expected a CSV file, names first.");
  };

  return {
    add(record) {
      line = nextLine;
      nextLine += 1 + lineBreaksIn(record);
      if (record.length === 0 || (record.length === 1 && record[0] === "")) return;
      if (header === undefined) {
        header = readHeader(file, record, shape.columns);
        return;
      }
      rowsRead++;
      fields = list ? record.slice(0, 1).map(firstWord) : record;
      if (list) {
        onRow(row);
        return;
      }
      const { width, named } = header;
      if (record.length < named || record.length > width) {
        note({ row: line, message: `has ${record.length} fields where the header has ${width}` });
        return;
      }
      for (let i = named; i < record.length; i++) {
        if (record[i]!.trim() === "") continue;
        const place =
          width - named === 1 ? "the last column, which has no name" : `column ${i + 1}, which has no name`;
        note({ row: line, value: record[i]!, message: `has a value in ${place}` });
        return;
      }
      onRow(row);
    },
    fault: note,
    get rowsRead() {
      return rowsRead;
    },
    get faulty() {
      return problemCount > 0;
    },
    checkHeader,
    end() {
      checkHeader();
      if (problemCount === 0) return;
      throw new TableError(file, problems, "Correct these rows or remove them from the table.", problemCount);
    },
  };
}

function firstWord(text: string): string {
  return text.trimStart().split(/\s/, 1)[0]!;
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
