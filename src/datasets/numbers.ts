import { decimalNumber } from "./decimalNumber.js";
import type { TableRow } from "./tableRecords.js";

/** Reads a number above 0; undefined for an empty text, other text is a fault. */
export function readPositive(row: TableRow, column: string): number | undefined {
  return read(row, column, "a number above 0", (value) => value > 0);
}

/** Reads a whole number of at least 0; undefined for an empty text, other text is a fault. */
export function readWhole(row: TableRow, column: string): number | undefined {
  return read(row, column, "a whole number", (value) => Number.isInteger(value) && value >= 0);
}

function read(
  row: TableRow,
  column: string,
  expected: string,
  valid: (value: number) => boolean,
): number | undefined {
  const text = row.text(column);
  if (text === "") return undefined;
  const value = decimalNumber(text);
  if (valid(value)) return value;
  row.fault(column, `"${text}" is not ${expected}`);
  return undefined;
}
