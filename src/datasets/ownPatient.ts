/** The rule, in `account.changed`, under which images count as patients of their own. */
export const ownPatientRule = "no patient is named: the image counts as a patient of its own";

/** For sets whose tables name no patient. */
export interface PatientOption {
  /**
   * The patient of an image, from a list of one's own; undefined is a fault. Without it each image counts as a patient of
   * its own.
   */
  readonly patientOf?: (imageId: string) => string | undefined;
}

/** The patient of an image; empty where `patientOf` has none, and counted where there is no `patientOf`. */
export function patientOfImage(
  imageId: string,
  { patientOf }: PatientOption,
  change: (rule: string) => void,
): string {
  if (patientOf !== undefined) return patientOf(imageId) ?? "";
  change(ownPatientRule);
  return imageId;
}
