import { ArgumentError } from "../errors.js";

/**
 * How a file's path, relative to the dataset's folder and with / between its parts, names the patient: a function, or an
 * expression whose first group, or else the whole match, is the patient's id.
 */
export type PatientRule = RegExp | ((path: string) => string);

/**
 * The patient of a file by a rule.
 *
 * @throws ArgumentError when the expression does not match, or the id is empty
 */
export function patientOfPath(path: string, rule: PatientRule): string {
  const match = typeof rule === "function" ? undefined : path.match(withoutState(rule));
  const patient = typeof rule === "function" ? rule(path) : (match?.[1] ?? match?.[0]);
  if (patient) return patient;
  throw new ArgumentError(
    "options.patientOf",
    match === null
      ? `${rule} does not match "${path}"; name the patient of every image, or leave patientOf out`
      : `gives no patient for "${path}"`,
  );
}

/** An expression with g or y would give all matches at once, or go on where it stopped. */
function withoutState(rule: RegExp): RegExp {
  return new RegExp(rule.source, rule.flags.replace(/[gy]/g, ""));
}
