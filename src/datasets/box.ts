import type { FindingBox } from "../labels/dataset.js";
import { decimalNumber } from "./decimalNumber.js";
import type { TableRow } from "./tableRecords.js";

/** Columns of a box: its corner and either its extent or the opposite corner. */
export type BoxColumns =
  | { readonly x: string; readonly y: string; readonly width: string; readonly height: string }
  | { readonly left: string; readonly top: string; readonly right: string; readonly bottom: string };

/**
 * Reads a box in pixels. A field that is no number, a negative corner and an extent that is not above 0 are faults;
 * undefined then.
 */
export function readBox(row: TableRow, columns: BoxColumns): Omit<FindingBox, "finding"> | undefined {
  const corners = "left" in columns;
  const names = corners
    ? [columns.left, columns.top, columns.right, columns.bottom]
    : [columns.x, columns.y, columns.width, columns.height];
  const numbers = names.map((name) => {
    const text = row.text(name);
    const value = decimalNumber(text);
    if (!Number.isNaN(value)) return value;
    row.fault(name, `is ${text === "" ? "empty" : `"${text}"`}; expected a number of pixels`);
    return undefined;
  });
  const [x, y, third, fourth] = numbers;
  if (x === undefined || y === undefined || third === undefined || fourth === undefined) return undefined;
  const width = corners ? third - x : third;
  const height = corners ? fourth - y : fourth;
  const outside = [x, y].findIndex((value) => value < 0);
  if (outside >= 0) row.fault(names[outside]!, "is negative; expected a corner inside the image");
  if (!(width > 0)) row.fault(names[2]!, `gives a width of ${width}; expected more than 0`);
  if (!(height > 0)) row.fault(names[3]!, `gives a height of ${height}; expected more than 0`);
  return outside < 0 && width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
