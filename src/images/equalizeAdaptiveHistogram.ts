import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { equalizingMap } from "./equalizingMap.js";
import { mirrorIndex } from "./mirrorIndex.js";
import { readPixels } from "./readPixels.js";

/** How {@link equalizeAdaptiveHistogram} works. */
export interface AdaptiveHistogramOptions {
  /**
   * Most pixels that a bin of a tile's histogram keeps, as a share of the tile's pixels, in [0, 1]; higher gives more
   * contrast. Both 0 and 1 mean no limit. Default 0.01.
   */
  readonly clipLimit?: number;
  /** Rows and columns of a tile, or one number for both; whole numbers above 0. Default an eighth of the image's sides. */
  readonly kernelSize?: number | readonly [height: number, width: number];
  /** Bins of the histograms, a whole number from 1 to 16384. Default 256. */
  readonly bins?: number;
}

/** Grey levels that the image is cut into, and that the maps lead to. */
const levels = 2 ** 14;

/**
 * Contrast limited adaptive histogram equalization (CLAHE; Zuiderveld, Graphics Gems IV, 1994): each tile of the image
 * has a map that equalizes its histogram, clipped so that flat parts gain no more than so much contrast, and a pixel's
 * value is a bilinear mix of the maps of the four nearest tiles. Definition, defaults and rounding are those of
 * scikit-image's `exposure.equalize_adapthist`.
 *
 * The image is stretched from its own lowest to its own highest pixel before and after, so its range plays no part, one
 * bright letter on the film weighs in, and values of two images do not compare.
 *
 * @param image any range
 * @returns pixels in [0, 1], range [0, 1], 0 and 1 both taken; a constant image becomes 1 everywhere, as in scikit-image
 * @throws ArgumentError when the image has no pixels or one that is not finite, or an option is out of its range
 */
export function equalizeAdaptiveHistogram(
  image: Image,
  options: AdaptiveHistogramOptions = {},
): Image<Float32Array> {
  const source = readPixels(image);
  const { height, width } = source;
  if (source.values.length === 0) {
    throw new ArgumentError("image.pixels", `has shape [${height}, ${width}]; nothing to equalize`);
  }
  const { kernelHeight, kernelWidth, limit, bins, binWidth } = checkedOptions(options, height, width);
  const binned = binsOf(source.values, binWidth);

  const tileRows = Math.ceil(height / kernelHeight);
  const tileColumns = Math.ceil(width / kernelWidth);
  const maps = new Int32Array(tileRows * tileColumns * bins);
  const histogram = new Int32Array(bins);
  for (let row = 0; row < tileRows; row++) {
    for (let column = 0; column < tileColumns; column++) {
      histogram.fill(0);
      const [from, to] = [column * kernelWidth, (column + 1) * kernelWidth];
      for (let y = row * kernelHeight; y < (row + 1) * kernelHeight; y++) {
        const line = mirrorIndex(y, height) * width;
        const inside = Math.min(to, width);
        for (let x = from; x < inside; x++) histogram[binned[line + x]!]!++;
        for (let x = inside; x < to; x++) histogram[binned[line + mirrorIndex(x, width)]!]!++;
      }
      const map = equalizingMap(histogram, limit, levels - 1);
      maps.set(map, (row * tileColumns + column) * bins);
    }
  }

  const across = nearestTiles(width, kernelWidth, tileColumns);
  const down = nearestTiles(height, kernelHeight, tileRows);
  const mixed = new Uint16Array(binned.length);
  for (let y = 0; y < height; y++) {
    const above = down.before[y]! * tileColumns;
    const below = down.after[y]! * tileColumns;
    const lowerShare = down.share[y]!;
    const upperShare = 1 - lowerShare;
    for (let x = 0; x < width; ) {
      const left = across.before[x]!;
      const right = across.after[x]!;
      const [upperLeft, upperRight] = [(above + left) * bins, (above + right) * bins];
      const [lowerLeft, lowerRight] = [(below + left) * bins, (below + right) * bins];
      for (const end = across.end[x]!; x < end; x++) {
        const rightShare = across.share[x]!;
        const leftShare = 1 - rightShare;
        const i = y * width + x;
        const bin = binned[i]!;
        // Each step in float32, as the reference adds them up: the sum is cut to a whole number afterwards.
        let sum = Math.fround(maps[upperLeft + bin]! * (leftShare * upperShare));
        sum = Math.fround(sum + Math.fround(maps[upperRight + bin]! * (rightShare * upperShare)));
        sum = Math.fround(sum + Math.fround(maps[lowerLeft + bin]! * (leftShare * lowerShare)));
        sum = Math.fround(sum + Math.fround(maps[lowerRight + bin]! * (rightShare * lowerShare)));
        mixed[i] = sum;
      }
    }
  }
  const stretch = stretchOf(mixed, 1);
  const stretched = Float32Array.from({ length: levels }, (_, level) => stretch(level));
  const pixels = new Float32Array(mixed.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = stretched[mixed[i]!]!;
  return { pixels: ndarray(pixels, [height, width]), range: [0, 1] };
}

function checkedOptions(options: AdaptiveHistogramOptions, height: number, width: number) {
  const { clipLimit = 0.01, kernelSize, bins = 256 } = options;
  if (!(clipLimit >= 0 && clipLimit <= 1)) {
    throw new ArgumentError("options.clipLimit", `is ${clipLimit}; expected a number in [0, 1]`);
  }
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= levels)) {
    throw new ArgumentError("options.bins", `is ${bins}; expected a whole number from 1 to ${levels}`);
  }
  const [kernelHeight, kernelWidth] =
    kernelSize === undefined
      ? [Math.max(1, Math.floor(height / 8)), Math.max(1, Math.floor(width / 8))]
      : typeof kernelSize === "number"
        ? [kernelSize, kernelSize]
        : kernelSize;
  for (const side of [kernelHeight, kernelWidth]) {
    if (!(Number.isInteger(side) && side > 0)) {
      throw new ArgumentError("options.kernelSize", `holds ${side}; expected whole numbers above 0`);
    }
  }
  const area = kernelHeight * kernelWidth;
  const limit = clipLimit === 0 ? area : Math.max(1, Math.floor(clipLimit * area));
  return { kernelHeight, kernelWidth, limit, bins, binWidth: 1 + Math.floor(levels / bins) };
}

/** The bin of each pixel. */
function binsOf(values: Uint8Array | Uint16Array | Float32Array, binWidth: number): Uint16Array {
  const stretched = stretchOf(values, levels - 1);
  // Adding 2^52 rounds to a whole number, halves to the even one.
  const binOf = (value: number) => Math.floor((stretched(value) + 2 ** 52 - 2 ** 52) / binWidth);
  const binned = new Uint16Array(values.length);
  if (values instanceof Float32Array) {
    for (let i = 0; i < binned.length; i++) binned[i] = binOf(values[i]!);
    return binned;
  }
  const table = Uint16Array.from({ length: 2 ** (8 * values.BYTES_PER_ELEMENT) }, (_, value) => binOf(value));
  for (let i = 0; i < binned.length; i++) binned[i] = table[values[i]!]!;
  return binned;
}

/** Stretches values from their own extremes to 0 and `top`; where they are all equal, clips them to [0, top]. */
function stretchOf(values: Uint8Array | Uint16Array | Float32Array, top: number): (value: number) => number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      throw new ArgumentError("image.pixels", `holds ${value}; expected finite values`);
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const span = high - low;
  return span === 0 ? (value) => Math.min(Math.max(value, 0), top) : (value) => ((value - low) / span) * top;
}

/**
 * The tiles before and after each pixel along one axis, the share of the one after, and where the stretch of pixels
 * between the same two tiles ends. Tiles' centres lie at floor(size / 2), and the first and last tile reach to the edges.
 */
function nearestTiles(count: number, size: number, tiles: number) {
  const before = new Int32Array(count);
  const after = new Int32Array(count);
  const share = new Float64Array(count);
  const end = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const at = i + Math.floor(size / 2);
    const next = Math.floor(at / size);
    before[i] = Math.max(0, next - 1);
    after[i] = Math.min(tiles - 1, next);
    share[i] = (at % size) / size;
    end[i] = Math.min(count, i + size - (at % size));
  }
  return { before, after, share, end };
}
