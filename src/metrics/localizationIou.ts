import { ArgumentError } from "../errors.js";
import { type LocalizationTruth, type MarkedMap, markMap } from "./localizationTruth.js";
import type { EvidenceMap } from "./maskImage.js";
import { intersectionOverUnionOf } from "./overlap.js";

/** What a map's thresholds are measured in. */
export interface MapThresholdOptions {
  /** "maximum" (the default): shares of the map's greatest value, in [0, 1]. "absolute": values of the map. */
  readonly scale?: "maximum" | "absolute";
}

/** Which thresholds to try. */
export interface LocalizationIouOptions extends MapThresholdOptions {
  /** Default 0.05, 0.1, ... 0.95. */
  readonly thresholds?: readonly number[];
}

/** A map's overlap with the truth at each threshold. */
export interface LocalizationIou {
  /** As asked for. */
  readonly thresholds: Float64Array;
  /** Intersection over union at each threshold; NaN for an empty truth. */
  readonly intersectionOverUnion: Float64Array;
}

/** A threshold for maps and what it does on the maps it was chosen on. */
export interface LocalizationThreshold extends LocalizationIou {
  /** The chosen one; NaN where every truth is empty. */
  readonly threshold: number;
  /** Maps that count: those whose truth is not empty. */
  readonly maps: number;
}

const usual = Array.from({ length: 19 }, (_, k) => (k + 1) / 20);

/**
 * Intersection over union of the truth and the part of a map that reaches a threshold: value >= threshold and above 0. So a
 * map without a value above 0 covers nothing and scores 0. NaN values count as not reaching; pixels of unknown truth are
 * skipped.
 *
 * @param map of the truth's size; stretch a smaller one over the image first
 * @param truth boxes or a mask
 * @throws ArgumentError when the truth is a mask of another size, a box is not one or lies wholly outside the map, or a
 *   threshold is NaN or, as a share of the maximum, outside [0, 1]
 */
export function localizationIou(
  map: EvidenceMap,
  truth: LocalizationTruth,
  options: LocalizationIouOptions = {},
): LocalizationIou {
  const thresholds = thresholdsOf(options);
  return { thresholds, intersectionOverUnion: ioUsOf(markMap(map, truth), thresholds, options) };
}

/**
 * The threshold with the highest mean {@link localizationIou} over some maps; the highest one among equals. Choose it on a
 * validation set and give it to {@link evaluateLocalization} for the test set: on the maps that it was chosen on, the overlap
 * is too good.
 *
 * @param truths one a map; maps whose truth is empty don't count
 * @returns `intersectionOverUnion` holds the means
 * @throws ArgumentError as {@link localizationIou}, or for another number of truths than maps
 */
export function selectLocalizationThreshold(
  maps: readonly EvidenceMap[],
  truths: readonly LocalizationTruth[],
  options: LocalizationIouOptions = {},
): LocalizationThreshold {
  if (truths.length !== maps.length) {
    throw new ArgumentError("truths", `has ${truths.length} entries for ${maps.length} maps`);
  }
  const thresholds = thresholdsOf(options);
  const sums = new Float64Array(thresholds.length);
  let count = 0;
  maps.forEach((map, m) => {
    const ious = ioUsOf(markMap(map, truths[m]!), thresholds, options);
    if (ious.some(Number.isNaN)) return;
    count++;
    ious.forEach((iou, t) => {
      sums[t]! += iou;
    });
  });
  let best = -1;
  sums.forEach((sum, t) => {
    const ahead =
      best < 0 || sum > sums[best]! || (sum === sums[best]! && thresholds[t]! > thresholds[best]!);
    if (ahead) best = t;
  });
  return {
    threshold: count === 0 ? Number.NaN : (thresholds[best] ?? Number.NaN),
    maps: count,
    thresholds,
    intersectionOverUnion: sums.map((sum) => sum / count),
  };
}

/** @throws ArgumentError for a threshold that is NaN or, as a share of the maximum, outside [0, 1] */
export function thresholdsOf({
  thresholds = usual,
  scale = "maximum",
}: LocalizationIouOptions): Float64Array {
  if (scale !== "maximum" && scale !== "absolute") {
    throw new ArgumentError("options.scale", `is ${scale}; expected "maximum" or "absolute"`);
  }
  for (const threshold of thresholds) {
    if (scale === "absolute" ? !Number.isNaN(threshold) : threshold >= 0 && threshold <= 1) continue;
    throw new ArgumentError(
      "options.thresholds",
      `holds ${threshold}; expected ${scale === "absolute" ? "numbers" : "shares of the maximum, in [0, 1]"}`,
    );
  }
  return Float64Array.from(thresholds);
}

/** The overlap at each threshold. */
export function ioUsOf(
  { values, marks }: MarkedMap,
  thresholds: Float64Array,
  { scale = "maximum" }: MapThresholdOptions,
): Float64Array {
  let [greatest, first] = [0, 0];
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === 2) continue;
    first += marks[i]!;
    if (values[i]! > greatest) greatest = values[i]!;
  }
  return thresholds.map((threshold) => {
    if (first === 0) return Number.NaN;
    const cut = scale === "absolute" ? threshold : threshold * greatest;
    let [second, both] = [0, 0];
    for (let i = 0; i < marks.length; i++) {
      const value = values[i]!;
      if (!(value >= cut && value > 0) || marks[i] === 2) continue;
      second++;
      both += marks[i]!;
    }
    return intersectionOverUnionOf({ first, second, both });
  });
}
