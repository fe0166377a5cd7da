import ndarray from "ndarray";
import type { Image } from "../image.js";
import { readPixels } from "./readPixels.js";

/**
 * Swaps black and white: low + high - value of the image's range, which is what turns DICOM's MONOCHROME1 into
 * MONOCHROME2. Twice is once more the image.
 *
 * @param image any range; pixels outside the range come out outside it, and a NaN pixel stays NaN
 * @returns float pixels in the image's own range
 * @throws ArgumentError when the image has not two dimensions, or its range is empty or not finite
 */
export function invertImage(image: Image): Image<Float32Array> {
  const { values, height, width } = readPixels(image);
  const sum = image.range[0] + image.range[1];
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = sum - values[i]!;
  return { pixels: ndarray(result, [height, width]), range: image.range };
}
