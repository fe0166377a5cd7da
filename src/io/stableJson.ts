import { ArgumentError } from "../errors.js";

/**
 * A value as JSON for version control: keys sorted, two spaces for each level, a line break at the end, so that equal values
 * give equal text. NaN is null, typed arrays are arrays, fields that are undefined are left out.
 *
 * @param argument what the value is, for errors
 * @throws ArgumentError for what JSON cannot hold: functions, infinite numbers, big integers, objects of a class
 */
export function stableJson(value: unknown, argument: string): string {
  return `${JSON.stringify(ordered(value, argument), undefined, 2)}\n`;
}

function ordered(value: unknown, path: string): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && (Number.isFinite(value) || Number.isNaN(value))) return value;
  if (Array.isArray(value)) return value.map((item, i) => ordered(item, `${path}[${i}]`));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return ordered(Array.from(value as unknown as ArrayLike<unknown>), path);
  }
  if (typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([key, field]) => [key, ordered(field, `${path}.${key}`)]));
  }
  const kind = typeof value === "object" ? `a ${value.constructor?.name}` : typeof value;
  const what = typeof value === "number" ? String(value) : kind;
  throw new ArgumentError(
    path,
    `is ${what}; expected what JSON can hold: text, finite numbers, lists, plain objects`,
  );
}
