import { oldestAge, parseAge } from "../labels/age.js";

/** What Montgomery's and Shenzhen's text files say of a film. */
export interface ClinicalReading {
  /** "F" or "M". */
  readonly sex?: string;
  /** Age in years; fractions for infants. */
  readonly ageYears?: number;
  /** The reading, such as "normal". */
  readonly finding?: string;
}

/**
 * Reads the text file of a film: in Montgomery's "Patient's Sex: F", "Patient's Age: 026Y" and the reading on lines of
 * their own; in Shenzhen's sex and age on one line, in many spellings ("male 45yrs", "Female, 8 months"), the reading
 * below. What is not found is left out, as is an age above 120 years.
 */
export function readClinicalReading(text: string): ClinicalReading {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const isHead = (line: string): boolean => /^patient'?s (sex|age)\b|^(fe)?male?(?![a-z])/i.test(line);
  const head = lines.filter(isHead).join(" ");
  const finding = lines.filter((line) => !isHead(line)).join(" ");
  const sex = /\b((?:fe)?male?)(?![a-z])|sex: *([FM])\b/i.exec(head);
  const age = /(\d{1,3}) *([ymwd])/i.exec(head);
  const ageYears = age ? parseAge(`${age[1]}${age[2]}`) : Number.NaN;
  return {
    ...(sex && { sex: (sex[1] ?? sex[2])!.charAt(0).toUpperCase() }),
    ...(ageYears <= oldestAge && { ageYears }),
    ...(finding !== "" && { finding }),
  };
}
