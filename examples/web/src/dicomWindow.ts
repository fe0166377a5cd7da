import type { WindowOptions } from "radiolucent";
import type { DicomImage } from "radiolucent/dicom";

/**
 * A DICOM file's first window in terms of the values that its film has without a window; all values where the file has none.
 * Where low values are white the film without a window is turned over, so the window is too.
 *
 * @param range of the film without a window
 */
export function windowOf(
  film: Pick<DicomImage, "windows" | "photometricInterpretation" | "presentationLutShape">,
  [low, high]: readonly [number, number],
): WindowOptions {
  const [first] = film.windows;
  if (first === undefined) return { center: (low + high) / 2, width: high - low, function: "LINEAR_EXACT" };
  const { center, width } = first;
  const inverted =
    film.photometricInterpretation === "MONOCHROME1" || film.presentationLutShape === "INVERSE";
  const turned = (at: number) => (inverted ? low + high - at : at);
  // "LINEAR" counts whole numbers; the same ramp as a plain line lies half a value lower and is one value shorter.
  return first.function === "LINEAR"
    ? { center: turned(center - 0.5), width: Math.max(width - 1, 1e-3), function: "LINEAR_EXACT" }
    : { center: turned(center), width, function: first.function };
}
