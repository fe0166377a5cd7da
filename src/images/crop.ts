import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image, Mask } from "../image.js";
import { type Box, checkBox } from "./box.js";
import { type ImageSize, maskOf, readMask } from "./mask.js";
import { maskBounds } from "./maskBoxes.js";
import { readPixels } from "./readPixels.js";

/**
 * Cuts a box out of an image. Boxes on the film go along with {@link scaleBox}: from `box` to the size of the result.
 *
 * @param image any range
 * @param box whole numbers, inside the image
 * @returns float pixels in the image's own range, unchanged; a copy
 * @throws ArgumentError when the box is not of whole numbers or reaches beyond the image
 */
export function cropImage(image: Image, box: Box): Image<Float32Array> {
  const { values, height, width } = readPixels(image);
  checkCrop(box, { height, width });
  const result = new Float32Array(box.width * box.height);
  copyBox(values, width, box, result);
  return { pixels: ndarray(result, [box.height, box.width]), range: image.range };
}

/**
 * Cuts a box out of a mask, such as the box that {@link cropPadding} cut out of its image.
 *
 * @param box whole numbers, inside the mask
 * @returns values as they are; a copy
 * @throws ArgumentError when the box is not of whole numbers or reaches beyond the mask
 */
export function cropMask(mask: Mask, box: Box): Mask {
  const source = readMask(mask);
  checkCrop(box, source);
  const result = new Uint8Array(box.width * box.height);
  copyBox(source.values, source.width, box, result);
  return maskOf(result, box);
}

/** A part of an image. */
export interface CroppedImage {
  /** Its pixels. */
  readonly image: Image<Float32Array>;
  /** Where it lay in the whole. */
  readonly box: Box;
}

/**
 * Cuts off the dark margin of a film: keeps the smallest box around all pixels above a threshold, its last row and
 * column included. One bright pixel, such as a letter in the margin, is enough to stop it.
 *
 * @param image any range; a NaN pixel is not above any threshold
 * @param options `threshold` in the image's values; by default the image's lowest pixel
 * @returns the image, float pixels in its own range, and the box that was kept; where no pixel is above the threshold,
 *   as in a constant image, the whole of it
 * @throws ArgumentError when the image has no pixels, or the threshold is NaN
 */
export function cropPadding(image: Image, { threshold }: { readonly threshold?: number } = {}): CroppedImage {
  const { values, height, width } = readPixels(image);
  if (values.length === 0) {
    throw new ArgumentError("image.pixels", `has shape [${height}, ${width}]; nothing to crop`);
  }
  const limit = threshold ?? lowest(values);
  if (Number.isNaN(limit)) throw new ArgumentError("options.threshold", "is NaN; expected a number");
  const above = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) if (values[i]! > limit) above[i] = 1;
  const box = maskBounds(maskOf(above, { height, width })) ?? { x: 0, y: 0, height, width };
  return { image: cropImage(image, box), box };
}

function lowest(values: ArrayLike<number>): number {
  let low = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i++) if (values[i]! < low) low = values[i]!;
  return low;
}

function checkCrop(box: Box, { width, height }: ImageSize): void {
  checkBox(box, "box");
  const whole = [box.x, box.y, box.width, box.height].every(Number.isInteger);
  if (!whole || box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height) {
    throw new ArgumentError(
      "box",
      `is x ${box.x}, y ${box.y}, width ${box.width}, height ${box.height}; expected whole numbers inside ${width} x ${height}`,
    );
  }
}

function copyBox<Values extends Uint8Array | Float32Array>(
  values: ArrayLike<number>,
  width: number,
  box: Box,
  result: Values,
): void {
  for (let y = 0, i = 0; y < box.height; y++) {
    const line = (box.y + y) * width + box.x;
    for (let x = 0; x < box.width; x++, i++) result[i] = values[line + x]!;
  }
}
