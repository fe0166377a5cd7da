import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { luminance } from "./luminance.js";

/** Decoded samples, 1 to 4 a pixel, row first: what a canvas's `getImageData` gives, among others. */
export interface DecodedPixels {
  /** Samples of 8 or of 16 bits: grey; grey and alpha; red, green, blue; or these and alpha. */
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/**
 * The grey image of decoded samples, by the rule of `decodeImage`: colour becomes luminance, (19595 R + 38470 G + 7471 B +
 * 32768) / 65536 rounded down, so equal channels give that channel exactly, and alpha is dropped.
 *
 * ```ts
 * const { data, height, width } = context.getImageData(0, 0, canvas.width, canvas.height);
 * const film = greyImage({ data, height, width });
 * ```
 *
 * @returns pixels in [0, 255] or, of samples of 16 bits, in [0, 65535]; of one sample a pixel the same memory
 * @throws ArgumentError when the samples are not 1 to 4 for each pixel
 */
export function greyImage({ data, height, width }: DecodedPixels): Image<Uint8Array> | Image<Uint16Array> {
  const channels = data.length / (height * width);
  if (![1, 2, 3, 4].includes(channels)) {
    throw new ArgumentError(
      "pixels.data",
      `has ${data.length} samples for ${height} x ${width} pixels; expected 1 to 4 a pixel`,
    );
  }
  const shape = [height, width];
  if (data instanceof Uint16Array) {
    return { pixels: ndarray(luminance(data, channels), shape), range: [0, 65535] };
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { pixels: ndarray(luminance(bytes, channels), shape), range: [0, 255] };
}
