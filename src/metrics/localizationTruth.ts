import { ArgumentError } from "../errors.js";
import { type EvidenceMap, type Grid, type MaskImage, readGrid, sizeOf } from "./maskImage.js";

/** A rectangle in pixels: x to the right, y down. Coordinates are continuous: pixel i covers [i, i + 1). */
export interface MarkedBox {
  /** Left edge. */
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  /** From the left to the right edge, above 0. */
  readonly width: number;
  /** From the upper to the lower edge, above 0. */
  readonly height: number;
}

/**
 * Where a finding is, as experts marked it: boxes, which count as their union, or a mask (above 0.5 inside, NaN unknown). A
 * pixel is in a box when its centre is, edges counting as left-closed; a box that holds no pixel's centre marks the pixel
 * that its own centre falls into. That is the mask that `boxesToMask` makes.
 */
export type LocalizationTruth = readonly MarkedBox[] | MaskImage;

/** A map and its truth, pixel by pixel. */
export interface MarkedMap extends Grid {
  /** 1 inside the truth, 0 outside, 2 unknown; one for each value. */
  readonly marks: Uint8Array;
}

/** Pixels that a box covers; the right and lower ends don't belong to it. */
export interface PixelSpan {
  /** First column. */
  readonly left: number;
  /** Column after the last. */
  readonly right: number;
  /** First row. */
  readonly top: number;
  /** Row after the last. */
  readonly bottom: number;
}

/** Whether a truth is boxes. */
export const isBoxes = (truth: LocalizationTruth): truth is readonly MarkedBox[] => Array.isArray(truth);

/**
 * Lays the truth over the map.
 *
 * @throws ArgumentError when the truth is a mask of another size, a box lies wholly outside the map, has a side that is not
 *   above 0 or a coordinate that is not finite, or the map has not two dimensions
 */
export function markMap(map: EvidenceMap, truth: LocalizationTruth): MarkedMap {
  const grid = readGrid(map, "map");
  const { height, width } = grid;
  const marks = new Uint8Array(height * width);
  if (isBoxes(truth)) {
    truth.forEach((box, index) => {
      const { left, right, top, bottom } = pixelsOf(box, index, grid);
      for (let y = top; y < bottom; y++) marks.fill(1, y * width + left, y * width + right);
    });
    return { ...grid, marks };
  }
  const mask = readGrid(truth, "truth");
  if (mask.height !== height || mask.width !== width) {
    throw new ArgumentError(
      "map",
      `has ${sizeOf(grid)} where the truth has ${sizeOf(mask)}; stretch the map over the image first, as with resizeImage`,
    );
  }
  for (let i = 0; i < marks.length; i++) {
    const value = mask.values[i]!;
    marks[i] = value > 0.5 ? 1 : Number.isNaN(value) ? 2 : 0;
  }
  return { ...grid, marks };
}

/**
 * The pixels of a box, clipped at 0 and, where the image's size is given, at its far edges.
 *
 * @throws ArgumentError when the box lies wholly outside the image, has a side that is not above 0 or a coordinate that is
 *   not finite
 */
export function pixelsOf(box: MarkedBox, index: number, size?: Pick<Grid, "height" | "width">): PixelSpan {
  const { x, y, width, height } = box;
  if (![x, y, width, height].every(Number.isFinite) || !(width > 0 && height > 0)) {
    throw new ArgumentError(
      `truth[${index}]`,
      `is x ${x}, y ${y}, width ${width}, height ${height}; expected finite numbers and sides above 0`,
    );
  }
  const [left, right] = covered(x, width, size?.width);
  const [top, bottom] = covered(y, height, size?.height);
  if (!(right > left && bottom > top)) {
    throw new ArgumentError(
      `truth[${index}]`,
      `(x ${x}, y ${y}) lies outside the map${size ? ` of ${sizeOf(size)}` : ""}; boxes are in the map's pixels: stretch the map over the image, or carry the box along with scaleBox`,
    );
  }
  return { left, right, top, bottom };
}

/** First pixel, and the one after the last, whose centres lie in [start, start + length); the middle one if there is none. */
function covered(start: number, length: number, end = Number.POSITIVE_INFINITY): readonly [number, number] {
  const clipped = Math.max(0, start);
  const stop = Math.min(end, start + length);
  if (!(stop > clipped)) return [0, 0];
  const first = Math.ceil(clipped - 0.5);
  const after = Math.ceil(stop - 0.5);
  if (after > first) return [first, after];
  const middle = Math.floor((clipped + stop) / 2);
  return [middle, middle + 1];
}
