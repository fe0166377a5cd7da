import { ArgumentError } from "../errors.js";

/**
 * @param argument where the names stand
 * @throws ArgumentError for no class, or a class named twice
 */
export function checkClasses(classes: readonly string[], argument = "options.classes"): void {
  if (classes.length === 0) throw new ArgumentError(argument, "is empty; expected at least one name");
  const repeated = classes.find((name, i) => classes.indexOf(name) !== i);
  if (repeated !== undefined) throw new ArgumentError(argument, `"${repeated}" stands twice`);
}

/**
 * @param owner the argument that has the option
 * @throws ArgumentError for an empty list, or a value other than 1, 2, 3, ...
 */
export function checkPositiveIntegers(option: string, values: readonly number[], owner = "options"): void {
  if (values.length === 0)
    throw new ArgumentError(`${owner}.${option}`, "is empty; expected at least one number");
  const wrong = values.find((value) => !Number.isInteger(value) || value < 1);
  if (wrong !== undefined) {
    throw new ArgumentError(`${owner}.${option}`, `holds ${wrong}; expected whole numbers above 0`);
  }
}

/**
 * @param owner the argument that has the option
 * @throws ArgumentError for a number outside [0, 1)
 */
export function checkShare(option: string, value: number, owner = "options"): void {
  if (!(value >= 0 && value < 1)) {
    throw new ArgumentError(`${owner}.${option}`, `is ${value}; expected a number in [0, 1)`);
  }
}
