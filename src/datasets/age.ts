import { oldestAge, parseAge } from "../labels/age.js";
import type { TableRow } from "./tableRecords.js";

/**
 * Reads an age in years, written as {@link parseAge} reads it. Undefined for an empty text. An age above 120 years becomes
 * undefined and is counted as a change; other text is a fault.
 */
export function readAge(row: TableRow, column: string): number | undefined {
  const text = row.text(column);
  if (text === "") return undefined;
  const years = parseAge(text);
  if (Number.isNaN(years)) {
    row.fault(column, `"${text}" is no age; expected years such as 58, or 058Y, 011M, 006W, 003D`);
    return undefined;
  }
  if (years > oldestAge) {
    row.change(`${column} above ${oldestAge} years read as unknown`);
    return undefined;
  }
  return years;
}
