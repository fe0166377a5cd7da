import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image, Mask } from "../image.js";
import type { Box } from "./box.js";
import { checkSize, type ImageSize, maskOf, readMask } from "./mask.js";
import { readPixels } from "./readPixels.js";
import { resizeImage } from "./resizeImage.js";
import { resizeMask } from "./resizeMask.js";

/**
 * Where an image lies when it is resized to fit into a frame, its sides' ratio kept and the rest padded: as large as the
 * frame allows, in the middle, on whole pixels. An odd pixel of padding goes to the right or below. The rounding of the
 * shorter side changes the ratio by less than half a pixel.
 *
 * @param from size of the image
 * @param to size of the frame
 * @throws ArgumentError when a side is not a whole number above 0
 */
export function fitBox(from: ImageSize, to: ImageSize): Box {
  checkSize(from, "from.");
  checkSize(to, "to.");
  const scale = Math.min(to.width / from.width, to.height / from.height);
  const width = Math.min(to.width, Math.max(1, Math.round(from.width * scale)));
  const height = Math.min(to.height, Math.max(1, Math.round(from.height * scale)));
  return {
    x: Math.floor((to.width - width) / 2),
    y: Math.floor((to.height - height) / 2),
    width,
    height,
  };
}

/**
 * Resizes an image into a frame without changing its sides' ratio ({@link resizeImage} for the pixels) and pads the rest.
 * {@link fitBox} says where the film lies, {@link resizeMaskWithPad} does the same to a mask, and {@link scaleBox} to a
 * box: `scaleBox(box, film, fitBox(film, frame))`, or the other way round for a box on the result.
 *
 * @param image any range
 * @param height rows of the result
 * @param width columns of the result
 * @param options `fill` the value of the padding; by default the low end of the image's range
 * @returns float pixels in the image's own range
 * @throws ArgumentError when the image is empty, a side is not a whole number above 0, or the fill is not finite
 */
export function resizeWithPad(
  image: Image,
  height: number,
  width: number,
  { fill = image.range[0] }: { readonly fill?: number } = {},
): Image<Float32Array> {
  checkSize({ height, width });
  if (!Number.isFinite(fill)) {
    throw new ArgumentError("options.fill", `is ${fill}; expected a finite number`);
  }
  const content = fitBox(readPixels(image), { height, width });
  const film = resizeImage(image, content.height, content.width);
  const result = new Float32Array(height * width).fill(fill);
  paste(film.pixels.data, content, result, width);
  return { pixels: ndarray(result, [height, width]), range: image.range };
}

/**
 * {@link resizeWithPad} for a mask, by {@link resizeMask}; the padding is outside.
 *
 * @returns 1 inside, 0 outside
 * @throws ArgumentError when the mask is empty, or a side is not a whole number above 0
 */
export function resizeMaskWithPad(mask: Mask, height: number, width: number): Mask {
  checkSize({ height, width });
  const content = fitBox(readMask(mask), { height, width });
  const result = new Uint8Array(height * width);
  paste(resizeMask(mask, content.height, content.width).data, content, result, width);
  return maskOf(result, { height, width });
}

function paste<Values extends Uint8Array | Float32Array>(
  values: Values,
  { x, y, width, height }: Box,
  frame: Values,
  frameWidth: number,
): void {
  for (let row = 0; row < height; row++) {
    frame.set(values.subarray(row * width, (row + 1) * width), (y + row) * frameWidth + x);
  }
}
