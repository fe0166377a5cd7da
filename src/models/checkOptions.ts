import { ArgumentError } from "../errors.js";

/** @throws ArgumentError for no class, or a class named twice */
export function checkClasses(classes: readonly string[]): void {
  if (classes.length === 0)
    throw new ArgumentError("options.classes", "is empty; expected at least one name");
  const repeated = classes.find((name, i) => classes.indexOf(name) !== i);
  if (repeated !== undefined) throw new ArgumentError("options.classes", `"${repeated}" stands twice`);
}

/** @throws ArgumentError for an empty list, or a value other than 1, 2, 3, ... */
export function checkPositiveIntegers(option: string, values: readonly number[]): void {
  if (values.length === 0)
    throw new ArgumentError(`options.${option}`, "is empty; expected at least one number");
  const wrong = values.find((value) => !Number.isInteger(value) || value < 1);
  if (wrong !== undefined) {
    throw new ArgumentError(`options.${option}`, `holds ${wrong}; expected whole numbers above 0`);
  }
}

/** @throws ArgumentError for a number outside [0, 1) */
export function checkShare(option: string, value: number): void {
  if (!(value >= 0 && value < 1)) {
    throw new ArgumentError(`options.${option}`, `is ${value}; expected a number in [0, 1)`);
  }
}
