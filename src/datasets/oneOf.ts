import { ArgumentError } from "../errors.js";
import { nearName } from "./nearName.js";

/** @throws ArgumentError when an option is none of the words that it may be; it names the nearest */
export function checkOneOf(option: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const near = nearName(value, allowed);
  throw new ArgumentError(
    option,
    `"${value}" is none of ${allowed.join(", ")}${near === undefined ? "" : `; is it "${near}"?`}`,
  );
}
