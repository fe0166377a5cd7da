import { TableError, type TableProblem } from "../errors.js";
import { nearName } from "./nearName.js";

/** Where a table's columns stand. */
export interface TableHeader {
  /** Fields in the header. */
  readonly width: number;
  /** Fields up to the last one with a name. Columns after it have none: a record may leave them out, and they hold nothing. */
  readonly named: number;
  /** Position of each column by its name. */
  readonly positions: ReadonlyMap<string, number>;
}

/**
 * Reads a table's header. Space around a name is dropped. Columns without a name are let through.
 *
 * @param file path or name of the table, for errors
 * @param fields the header as it was split at commas
 * @param required names that must be there
 * @throws TableError when a required name is absent or any name stands twice; it lists every such fault
 */
export function readHeader(
  file: string,
  fields: readonly string[],
  required: readonly string[],
): TableHeader {
  const names = fields.map((field) => field.trim());
  const positions = new Map<string, number>();
  const problems: TableProblem[] = [];
  names.forEach((name, position) => {
    if (positions.has(name)) problems.push({ row: 1, column: name, message: "stands twice in the header" });
    else if (name !== "") positions.set(name, position);
  });
  for (const name of required) {
    if (positions.has(name)) continue;
    const near = nearName(name, [...positions.keys()]);
    const hint = near === undefined ? "" : `; is it "${near}"?`;
    problems.push({ row: 1, column: name, message: `is absent from the header${hint}` });
  }
  if (problems.length > 0) {
    throw new TableError(
      file,
      problems,
      `The header has: ${names.join(", ")}. Each column read must stand there once.`,
    );
  }
  const named = names.findLastIndex((name) => name !== "") + 1;
  return { width: names.length, named, positions };
}
