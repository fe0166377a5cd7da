import type { DicomHeader } from "../dicom/header.js";
import type { Study } from "../labels/dataset.js";

/** View, age, sex and pixel spacing, those that a DICOM header gives. */
export function headerFacts({
  viewPosition,
  ageYears,
  sex,
  pixelSpacingMm,
}: DicomHeader): Pick<Study, "view" | "ageYears" | "sex" | "pixelSpacingMm"> {
  return {
    ...(viewPosition !== undefined && { view: viewPosition }),
    ...(ageYears !== undefined && { ageYears }),
    ...(sex !== undefined && { sex }),
    ...(pixelSpacingMm !== undefined && { pixelSpacingMm }),
  };
}
