import type { TableRow } from "./tableRecords.js";

const yearsPer: Readonly<Record<string, number>> = { Y: 1, M: 1 / 12, W: 7 / 365.25, D: 1 / 365.25 };
const oldest = 120;

/**
 * Reads an age in years from forms such as `58`, `058Y`, `011M`, `006W` and `003D` (DICOM's age string, PS3.5 section
 * 6.2, or plain years). Undefined for an empty text. An age above 120 years becomes undefined and is counted as a
 * change; other text is a fault.
 */
export function readAge(row: TableRow, column: string): number | undefined {
  const text = row.text(column);
  if (text === "") return undefined;
  const match = /^(\d+(?:\.\d+)?)([YMWD])?$/i.exec(text);
  if (match === null) {
    row.fault(column, `"${text}" is no age; expected years such as 58, or 058Y, 011M, 006W, 003D`);
    return undefined;
  }
  const years = Number(match[1]) * yearsPer[(match[2] ?? "Y").toUpperCase()]!;
  if (years > oldest) {
    row.change(`${column} above ${oldest} years read as unknown`);
    return undefined;
  }
  return years;
}
