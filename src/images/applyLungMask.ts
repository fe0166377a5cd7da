import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image, Mask } from "../image.js";
import { dilateMask } from "./dilateMask.js";
import { readMask } from "./mask.js";
import { readPixels } from "./readPixels.js";

/** What {@link applyLungMask} keeps. */
export interface LungMaskOptions {
  /** "lungs" keeps what lies inside the mask, "outside" what lies outside. */
  readonly keep: "lungs" | "outside";
  /** Grows the mask by a disc of this radius first, in pixels (see {@link dilateMask}). Default 0. */
  readonly dilation?: number;
  /** What the other pixels become. Default the low end of the image's range. */
  readonly fill?: number;
}

/**
 * Blanks an image outside the lungs, or the lungs themselves. An empty mask is no error: "lungs" then keeps nothing.
 *
 * @param image any range
 * @param mask of the image's size; of a network's probabilities, {@link thresholdMask} makes one
 * @returns float pixels in the image's own range; those that are kept are unchanged
 * @throws ArgumentError when image and mask differ in size, `keep` is none of its words, the fill is not finite, or the
 *   dilation is not a finite number from 0
 */
export function applyLungMask(
  image: Image,
  mask: Mask,
  { keep, dilation = 0, fill = image.range[0] }: LungMaskOptions,
): Image<Float32Array> {
  if (keep !== "lungs" && keep !== "outside") {
    throw new ArgumentError("options.keep", `is ${keep}; expected "lungs" or "outside"`);
  }
  if (!Number.isFinite(fill)) {
    throw new ArgumentError("options.fill", `is ${fill}; expected a finite number`);
  }
  const { values, height, width } = readPixels(image);
  const lungs = readMask(dilation === 0 ? mask : dilateMask(mask, dilation));
  if (lungs.height !== height || lungs.width !== width) {
    throw new ArgumentError(
      "mask",
      `has shape [${mask.shape}] and the image [${height}, ${width}]; resize it with resizeMask`,
    );
  }
  const kept = keep === "lungs";
  const result = Float32Array.from(values);
  for (let i = 0; i < result.length; i++) if ((lungs.values[i] !== 0) !== kept) result[i] = fill;
  return { pixels: ndarray(result, [height, width]), range: image.range };
}
