import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { rowMajor } from "../matrix.js";
import { type Colormap, heatColormap } from "./heatColormap.js";
import { readPixels } from "./readPixels.js";
import { resizeImage } from "./resizeImage.js";

/**
 * Lays a heat map over a film. At each pixel the film's grey and the map's colour are mixed, the colour's share being
 * `opacity` times the map: where the map is 0 the film shows unchanged.
 *
 * @param image shown from black to white over its range; pixels outside the range are clipped
 * @param map shape [rows, columns], values in [0, 1]; resized to the image where the shapes differ
 * @param options `opacity` the colour's share where the map is 1, in [0, 1] (default 0.6); `colormap` the colour of each value (default {@link heatColormap})
 * @returns shape [height, width, 3], red, green, blue in 0 to 255
 * @throws ArgumentError when the map holds NaN or a value outside [0, 1], or the opacity lies outside [0, 1]
 */
export function overlayHeatmap(
  image: Image,
  map: NdArray<Float32Array>,
  {
    opacity = 0.6,
    colormap = heatColormap,
  }: { readonly opacity?: number; readonly colormap?: Colormap } = {},
): NdArray<Uint8Array> {
  if (!(opacity >= 0 && opacity <= 1)) {
    throw new ArgumentError("options.opacity", `is ${opacity}; expected a number in [0, 1]`);
  }
  for (const value of rowMajor(map)) {
    if (!(value >= 0 && value <= 1)) {
      throw new ArgumentError("map", `holds ${value}; expected values in [0, 1], so scale it first`);
    }
  }
  const { values, height, width, low, span } = readPixels(image);
  const heat = rowMajor(resizeImage({ pixels: map, range: [0, 1] }, height, width).pixels);
  const colours = Array.from({ length: 256 }, (_, i) => colormap(i / 255));
  const result = new Uint8ClampedArray(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const grey = 255 * Math.min(Math.max((values[i]! - low) / span, 0), 1);
    const colour = colours[Math.round(255 * heat[i]!)]!;
    const share = opacity * heat[i]!;
    for (let c = 0; c < 3; c++) result[3 * i + c] = grey + share * (colour[c]! - grey);
  }
  return ndarray(new Uint8Array(result.buffer), [height, width, 3]);
}

/**
 * Lays a mask over a film as a veil of one colour, through which the film is seen.
 *
 * @param picture shape [height, width, 3], red, green, blue in 0 to 255; changed in place
 * @param mask shape [height, width]; 0 is outside, anything else inside
 * @param colour red, green, blue in 0 to 255
 * @param opacity the colour's share inside the mask, in [0, 1]; default 0.35
 * @throws ArgumentError when the shapes do not agree, or the opacity lies outside [0, 1]
 */
export function veilMask(
  picture: NdArray<Uint8Array>,
  mask: NdArray<Uint8Array>,
  colour: readonly [red: number, green: number, blue: number],
  opacity = 0.35,
): void {
  if (!(opacity >= 0 && opacity <= 1)) {
    throw new ArgumentError("opacity", `is ${opacity}; expected a number in [0, 1]`);
  }
  const [, width] = sizeOf(picture, mask);
  const inside = rowMajor(mask);
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === 0) continue;
    const [y, x] = [Math.floor(i / width), i % width];
    for (let c = 0; c < 3; c++) {
      const grey = picture.get(y, x, c);
      picture.set(y, x, c, Math.round(grey + opacity * (colour[c]! - grey)));
    }
  }
}

/**
 * Draws the edge of a mask into a colour picture: each pixel of the mask that has a neighbour outside it, to the left,
 * right, above or below. The picture's rim counts as outside.
 *
 * @param picture shape [height, width, 3]; changed in place
 * @param mask shape [height, width]; 0 is outside, anything else inside
 * @param colour red, green, blue in 0 to 255
 * @throws ArgumentError when the shapes do not agree
 */
export function outlineMask(
  picture: NdArray<Uint8Array>,
  mask: NdArray<Uint8Array>,
  colour: readonly [red: number, green: number, blue: number],
): void {
  const [height, width] = sizeOf(picture, mask);
  const inside = rowMajor(mask);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (inside[i] === 0) continue;
      const buried =
        x > 0 &&
        x < width - 1 &&
        y > 0 &&
        y < height - 1 &&
        inside[i - 1] !== 0 &&
        inside[i + 1] !== 0 &&
        inside[i - width] !== 0 &&
        inside[i + width] !== 0;
      if (!buried) for (let c = 0; c < 3; c++) picture.set(y, x, c, colour[c]!);
    }
  }
}

function sizeOf(picture: NdArray<Uint8Array>, mask: NdArray<Uint8Array>): readonly [number, number] {
  const [height, width] = mask.shape as [number, number];
  if (picture.shape.join() !== [height, width, 3].join()) {
    throw new ArgumentError("mask", `has shape [${mask.shape}] and the picture [${picture.shape}]`);
  }
  return [height, width];
}
