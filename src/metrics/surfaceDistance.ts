import { ArgumentError } from "../errors.js";
import type { MaskImage } from "./maskImage.js";
import type { MaskRatioOptions } from "./overlap.js";
import { type SurfaceDistances, type SurfaceOptions, surfaceDistances } from "./surfaceDistances.js";
import { valueAtRank } from "./valueAtRank.js";

/** How distances between surfaces are measured, and what stands for the distance to nothing. */
export interface SurfaceDistanceOptions extends SurfaceOptions, MaskRatioOptions {
  /**
   * The value where only one mask has a surface; NaN by default. The image's diagonal is the usual penalty for a finding
   * that was missed altogether.
   */
  readonly oneEmpty?: number;
}

/** How {@link hausdorffDistance} is computed. */
export interface HausdorffOptions extends SurfaceDistanceOptions {
  /** Which percentile of the distances, in [0, 100], interpolated linearly as by `numpy.percentile`. Default 100, the greatest. */
  readonly percentile?: number;
  /**
   * "largest" (the default): the larger of the percentiles of the two directions, as in MONAI, DeepMind's surface-distance
   * and Metrics Reloaded (Maier-Hein et al., Nature Methods 2024). "pooled": the percentile of the distances of both
   * directions together, as in MedPy's `hd95`. The same for percentile 100.
   */
  readonly directions?: "largest" | "pooled";
}

/** How {@link averageSurfaceDistance} is computed. */
export interface AverageSurfaceOptions extends SurfaceDistanceOptions {
  /**
   * "pooled" (the default): the mean of the distances of both directions together (Heimann et al., IEEE Trans. Med. Imaging
   * 2009; MONAI with `symmetric=True`). "mean": the mean of the two directions' means (MedPy's `assd`; "MASD" in Metrics
   * Reloaded). They differ where one surface is longer than the other.
   */
  readonly directions?: "pooled" | "mean";
}

/**
 * Hausdorff distance of two masks' surfaces: how far the worst surface pixel of either mask lies from the other's surface
 * (Huttenlocher et al., IEEE Trans. PAMI 1993), or a percentile of those distances, which one stray pixel does not decide.
 * See {@link surfaceDistances} for the surface and for unknown pixels. Equals SciPy's `directed_hausdorff` of the surface
 * pixels, the larger of both directions.
 *
 * ```ts
 * hausdorffDistance(truth, prediction, { percentile: 95, pixelSpacingMm: [0.143, 0.143] });
 * ```
 *
 * @param a shape [height, width], values above 0.5 inside
 * @param b of the same size
 * @returns in mm with `pixelSpacingMm`, else in pixels; NaN, or what `bothEmpty` and `oneEmpty` say, where a mask has no
 *   surface
 * @throws ArgumentError as {@link surfaceDistances}, or for a percentile outside [0, 100] or an option that is none of its
 *   words
 */
export function hausdorffDistance(a: MaskImage, b: MaskImage, options: HausdorffOptions = {}): number {
  return hausdorffOf(surfaceDistances(a, b, options), options);
}

/**
 * The 95th percentile of the distances between two masks' surfaces: {@link hausdorffDistance} with `percentile: 95`.
 *
 * @param a shape [height, width], values above 0.5 inside
 * @param b of the same size
 * @returns in mm with `pixelSpacingMm`, else in pixels; NaN, or what `bothEmpty` and `oneEmpty` say, where a mask has no
 *   surface
 * @throws ArgumentError as {@link hausdorffDistance}
 */
export function hausdorffDistance95(
  a: MaskImage,
  b: MaskImage,
  options: Omit<HausdorffOptions, "percentile"> = {},
): number {
  return hausdorffDistance(a, b, { ...options, percentile: 95 });
}

/**
 * Average symmetric surface distance of two masks (ASSD): the mean of how far each surface pixel of either mask lies from
 * the other's surface. See {@link surfaceDistances} for the surface and for unknown pixels.
 *
 * @param a shape [height, width], values above 0.5 inside
 * @param b of the same size
 * @returns in mm with `pixelSpacingMm`, else in pixels; NaN, or what `bothEmpty` and `oneEmpty` say, where a mask has no
 *   surface
 * @throws ArgumentError as {@link surfaceDistances}, or for an option that is none of its words
 */
export function averageSurfaceDistance(
  a: MaskImage,
  b: MaskImage,
  options: AverageSurfaceOptions = {},
): number {
  return averageOf(surfaceDistances(a, b, options), options);
}

/**
 * Surface Dice at a tolerance (Nikolov et al., J. Med. Internet Res. 2021): the share of the surface pixels of both masks
 * that lie no farther than the tolerance from the other's surface. Surface pixels are counted, as in MONAI's
 * `compute_surface_dice`; DeepMind's own code weighs them by the length of the contour, which differs a little.
 *
 * @param a shape [height, width], values above 0.5 inside
 * @param b of the same size
 * @param options `tolerance` in mm with `pixelSpacingMm`, else in pixels
 * @returns in [0, 1]; 0 where only one mask has a surface; NaN, or what `bothEmpty` says, where none has
 * @throws ArgumentError as {@link surfaceDistances}, or for a tolerance that is not a number from 0
 */
export function surfaceDice(
  a: MaskImage,
  b: MaskImage,
  options: SurfaceOptions & MaskRatioOptions & { readonly tolerance: number },
): number {
  const { tolerance } = options;
  if (!(tolerance >= 0)) {
    throw new ArgumentError("options.tolerance", `is ${tolerance}; expected a number from 0`);
  }
  const all = pooled(surfaceDistances(a, b, options));
  if (all.length === 0) return options.bothEmpty ?? Number.NaN;
  // Three pixels of 0.1 mm are 0.30000000000000004 mm apart, and within 0.3.
  const reach = tolerance * (1 + 1e-12);
  return all.reduce((count, distance) => (distance <= reach ? count + 1 : count), 0) / all.length;
}

/** {@link hausdorffDistance} of distances. */
export function hausdorffOf(
  distances: SurfaceDistances,
  options: Omit<HausdorffOptions, keyof SurfaceOptions>,
): number {
  const { percentile = 100, directions = "largest" } = options;
  if (!(percentile >= 0 && percentile <= 100)) {
    throw new ArgumentError("options.percentile", `is ${percentile}; expected a number from 0 to 100`);
  }
  if (directions !== "largest" && directions !== "pooled") {
    throw new ArgumentError("options.directions", `is ${directions}; expected "largest" or "pooled"`);
  }
  const { fromA, fromB } = distances;
  return (
    ofEmpty(distances, options) ??
    (directions === "pooled"
      ? percentileOf(pooled(distances), percentile)
      : Math.max(percentileOf(fromA, percentile), percentileOf(fromB, percentile)))
  );
}

/** {@link averageSurfaceDistance} of distances. */
export function averageOf(
  distances: SurfaceDistances,
  options: Omit<AverageSurfaceOptions, keyof SurfaceOptions>,
): number {
  const { directions = "pooled" } = options;
  if (directions !== "pooled" && directions !== "mean") {
    throw new ArgumentError("options.directions", `is ${directions}; expected "pooled" or "mean"`);
  }
  const { fromA, fromB } = distances;
  const sums = [fromA, fromB].map((of) => of.reduce((sum, distance) => sum + distance, 0)) as [
    number,
    number,
  ];
  return (
    ofEmpty(distances, options) ??
    (directions === "pooled"
      ? (sums[0] + sums[1]) / (fromA.length + fromB.length)
      : (sums[0] / fromA.length + sums[1] / fromB.length) / 2)
  );
}

function ofEmpty(
  { fromA, fromB }: SurfaceDistances,
  { bothEmpty = Number.NaN, oneEmpty = Number.NaN }: MaskRatioOptions & { readonly oneEmpty?: number },
): number | undefined {
  if (fromA.length > 0 && fromB.length > 0) return undefined;
  return fromA.length === fromB.length ? bothEmpty : oneEmpty;
}

function pooled({ fromA, fromB }: SurfaceDistances): Float64Array {
  const all = new Float64Array(fromA.length + fromB.length);
  all.set(fromA);
  all.set(fromB, fromA.length);
  return all;
}

function percentileOf(distances: Float64Array, percentile: number): number {
  if (percentile === 100) return distances.reduce((a, b) => Math.max(a, b));
  const reordered = distances.slice();
  const rank = (percentile / 100) * (reordered.length - 1);
  const below = valueAtRank(reordered, Math.floor(rank));
  const above = valueAtRank(reordered, Math.ceil(rank));
  return below + (rank % 1) * (above - below);
}
