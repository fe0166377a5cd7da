import { ArgumentError } from "../errors.js";
import type { EpochRecord } from "../training/history.js";

/**
 * The numbers of a record by their path in it, such as `validation.auc.Effusion`, in the record's order. What a record
 * does not have, has no entry; NaN has one.
 *
 * @throws ArgumentError when two numbers have one path, because of a dot in the name of a head or class
 */
export function recordFigures(record: EpochRecord): ReadonlyMap<string, number> {
  const figures = new Map<string, number>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === "number") {
      if (figures.has(path)) {
        throw new ArgumentError(
          "record",
          `has two numbers of the name "${path}"; name heads and classes without a dot`,
        );
      }
      figures.set(path, value);
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, path === "" ? key : `${path}.${key}`);
    }
  };
  visit(record, "");
  return figures;
}
