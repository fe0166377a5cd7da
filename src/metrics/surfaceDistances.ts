import { ArgumentError } from "../errors.js";
import { type MaskImage, readGrid, sizeOf } from "./maskImage.js";
import { nearestDistances } from "./nearestDistances.js";
import { surfacesOf } from "./surfacePixels.js";

/** What a mask's surface is, and how far apart its pixels lie. */
export interface SurfaceOptions {
  /**
   * From one row to the next and from one column to the next, in millimetres, or one number for both: distances are in mm
   * then, and in pixels without it. It is that of the masks' own pixels: a mask of another size than the film has another
   * spacing than the film's.
   */
  readonly pixelSpacingMm?: number | readonly [row: number, column: number];
  /**
   * 4 (the default): a pixel lies on the surface when one of the 4 pixels at its sides is outside. 8: also when one at its
   * corners is.
   */
  readonly connectivity?: 4 | 8;
}

/** Distances between the surfaces of two masks. */
export interface SurfaceDistances {
  /** From each surface pixel of the first mask, row by row, to the nearest surface pixel of the second. */
  readonly fromA: Float64Array;
  /** From each surface pixel of the second mask, row by row, to the nearest surface pixel of the first. */
  readonly fromB: Float64Array;
}

/**
 * How far each surface pixel of either mask lies from the surface of the other, centre to centre: what Hausdorff and
 * average surface distances are made of.
 *
 * The surface is the mask without its erosion (`scipy.ndimage.binary_erosion`, as in MedPy and MONAI); beyond the image all
 * is outside, so a mask that reaches the image's edge has a surface there. A pixel that is NaN in either mask is unknown in
 * both and makes no surface of its neighbours.
 *
 * @param a shape [height, width], values above 0.5 inside
 * @param b of the same size
 * @returns no distances from a mask without a surface, and NaN for each pixel to one
 * @throws ArgumentError for masks of two sizes or not of two dimensions, a spacing that is not above 0, or a connectivity
 *   that is neither 4 nor 8
 */
export function surfaceDistances(a: MaskImage, b: MaskImage, options: SurfaceOptions = {}): SurfaceDistances {
  const spacing = spacingOf(options);
  const { connectivity = 4 } = options;
  checkConnectivity(connectivity);
  const [first, second] = [readGrid(a, "a"), readGrid(b, "b")];
  if (first.height !== second.height || first.width !== second.width) {
    throw new ArgumentError(
      "b",
      `has ${sizeOf(second)} where a has ${sizeOf(first)}; bring them to one size, as with resizeMask`,
    );
  }
  const [surfaceA, surfaceB] = surfacesOf(first, second, connectivity);
  const { height, width, a: from, b: to } = cropped(surfaceA, surfaceB, first.width);
  const between = (pixels: Int32Array, others: Int32Array): Float64Array =>
    others.length === 0
      ? new Float64Array(pixels.length).fill(Number.NaN)
      : nearestDistances({ height, width, from: pixels, to: others }, spacing);
  return { fromA: between(from, to), fromB: between(to, from) };
}

/** @throws ArgumentError for a connectivity that is neither 4 nor 8 */
export function checkConnectivity(connectivity: number | undefined): void {
  if (connectivity === undefined || connectivity === 4 || connectivity === 8) return;
  throw new ArgumentError("options.connectivity", `is ${connectivity}; expected 4 or 8`);
}

/** @throws ArgumentError for a spacing that is not finite and above 0 */
export function spacingOf({ pixelSpacingMm = 1 }: SurfaceOptions): readonly [number, number] {
  const spacing =
    typeof pixelSpacingMm === "number" ? ([pixelSpacingMm, pixelSpacingMm] as const) : pixelSpacingMm;
  if (spacing.length !== 2 || !spacing.every((mm) => mm > 0 && Number.isFinite(mm))) {
    throw new ArgumentError(
      "options.pixelSpacingMm",
      `is ${JSON.stringify(pixelSpacingMm)}; expected millimetres above 0, one number or [row, column]`,
    );
  }
  return spacing;
}

/** The pixels of two surfaces on the smallest grid that holds both. */
function cropped(first: Int32Array, second: Int32Array, imageWidth: number) {
  let [left, right, top, bottom] = [imageWidth, 0, Number.POSITIVE_INFINITY, 0];
  for (const surface of [first, second]) {
    for (let i = 0; i < surface.length; i++) {
      const column = surface[i]! % imageWidth;
      if (column < left) left = column;
      if (column >= right) right = column + 1;
    }
    if (surface.length === 0) continue;
    top = Math.min(top, Math.floor(surface[0]! / imageWidth));
    bottom = Math.max(bottom, Math.floor(surface.at(-1)! / imageWidth) + 1);
  }
  const width = right - left;
  const placed = (i: number) => (Math.floor(i / imageWidth) - top) * width + (i % imageWidth) - left;
  return { height: bottom - top, width, a: first.map(placed), b: second.map(placed) };
}
