import ndarray, { type NdArray } from "ndarray";
import { rowMajor } from "../matrix.js";
import type { ImageShape } from "./baseline.js";
import { type MapPeak, mapPeak } from "./mapPeak.js";

/** Where a model looks, one map an image. */
export interface ExplanationMap {
  /** Shape [batch, mapHeight, mapWidth]: the evidence for the target, 0 where there is none. */
  readonly raw: NdArray<Float32Array>;
  /** Shape [batch, mapHeight, mapWidth]: raw / the greatest value (see {@link MapScale}), in [0, 1]; all 0 where that is 0. */
  readonly normalized: NdArray<Float32Array>;
  /** Greatest value of each raw map. */
  readonly maximum: Float32Array;
  /**
   * The input pixel under each map's peak, the map being stretched over the whole image: the greatest cell (the first
   * in row-major order among equals), and within it the vertex of the parabola through its neighbours, down and across.
   * Undefined for a map without a positive value, or with NaN.
   */
  readonly peaks: readonly (MapPeak | undefined)[];
}

/** How much each pixel of the input counts, one map an image; raw and normalized hold what speaks for the target. */
export interface AttributionMap extends ExplanationMap {
  /** Shape [batch, height, width] of the images: signed, negative where a pixel speaks against the target. */
  readonly attribution: NdArray<Float32Array>;
  /** Score of each image as it is. */
  readonly scores: Float32Array;
}

/**
 * By what maps are normalised. "each": by its own greatest value, so that every map with any evidence reaches 1 and
 * strength cannot be compared. "shared": by the greatest value of all maps that come together, so that a weak map looks
 * weak; maps of NaN don't count.
 */
export type MapScale = "each" | "shared";

/**
 * Makes maps of signed evidence: raw is max(evidence, 0), where NaN stays NaN; a map without positive evidence stays all
 * zero and has no peak.
 *
 * @param evidence several maps that share a scale where that is asked for, each [batch, mapHeight, mapWidth], in any memory order
 * @param input height and width of the images, for the peaks
 * @param scale "each" by default
 * @returns one a map, in order
 */
export function explanationMaps(
  evidence: readonly NdArray<Float32Array>[],
  input: readonly [number, number],
  scale: MapScale = "each",
): ExplanationMap[] {
  const maps = evidence.map((map) => {
    const { shape } = map;
    const raw = rowMajor(map).map((value) => Math.max(value, 0));
    const cells = shape[1]! * shape[2]!;
    const each = Array.from({ length: shape[0]! }, (_, image) =>
      raw.subarray(image * cells, (image + 1) * cells),
    );
    return { shape, raw, cells, each, maximum: Float32Array.from(each, greatestOf) };
  });
  const shared = greatestOf(maps.flatMap(({ maximum }) => [...maximum].filter((value) => value > 0)));

  return maps.map(({ shape, raw, cells, each, maximum }) => {
    const normalized = new Float32Array(raw.length);
    for (const [image, map] of each.entries()) {
      const divisor = scale === "shared" && !Number.isNaN(maximum[image]!) ? shared : maximum[image]!;
      if (divisor !== 0)
        normalized.set(
          map.map((value) => value / divisor),
          image * cells,
        );
    }
    return {
      raw: ndarray(raw, shape),
      normalized: ndarray(normalized, shape),
      maximum,
      peaks: each.map((map) => mapPeak(map, [shape[1]!, shape[2]!], input)),
    };
  });
}

/**
 * Puts one image's attributions under one another.
 *
 * @param attributions one an image, [height, width] row-major
 * @param scores one an image
 */
export function attributionMap(
  attributions: readonly ArrayLike<number>[],
  scores: readonly number[],
  [height, width]: readonly [height: number, width: number, ...rest: number[]],
): AttributionMap {
  const values = new Float32Array(attributions.length * height * width);
  for (const [i, one] of attributions.entries()) values.set(one, i * height * width);
  const attribution = ndarray(values, [attributions.length, height, width]);
  const [map] = explanationMaps([attribution], [height, width]);
  return { attribution, ...map!, scores: Float32Array.from(scores) };
}

/** The sum over channels at each pixel. */
export function channelSum(values: ArrayLike<number>, [height, width, channels]: ImageShape): Float64Array {
  const sums = new Float64Array(height * width);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / channels)]! += values[i]!;
  return sums;
}

function greatestOf(values: ArrayLike<number>): number {
  let greatest = 0;
  for (let i = 0; i < values.length; i++) greatest = Math.max(greatest, values[i]!);
  return greatest;
}
