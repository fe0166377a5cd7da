import { type LocalizationTruth, type MarkedMap, markMap } from "./localizationTruth.js";
import type { EvidenceMap } from "./maskImage.js";
import { valueAtRank } from "./valueAtRank.js";

/**
 * Energy-based pointing game (Wang et al., Score-CAM, CVPR Workshops 2020): the share of a map's energy that lies inside the
 * truth. Only values above 0 count; NaN values and unknown pixels are skipped. A map that is the same everywhere scores the
 * truth's share of the image: compare with that.
 *
 * @param map of the truth's size; stretch a smaller one over the image first
 * @param truth boxes or a mask
 * @returns in [0, 1]; NaN for a map without a value above 0, or an empty truth
 * @throws ArgumentError when the truth is a mask of another size, or a box is not one or lies wholly outside the map
 */
export function energyInside(map: EvidenceMap, truth: LocalizationTruth): number {
  return energyOf(markMap(map, truth));
}

/**
 * Relevance mass accuracy (Arras, Osman and Samek, CLEVR-XAI, Information Fusion 2022) of the values above 0: the same number
 * as {@link energyInside}, under its other name.
 *
 * @param map of the truth's size; stretch a smaller one over the image first
 * @param truth boxes or a mask
 * @returns in [0, 1]; NaN for a map without a value above 0, or an empty truth
 * @throws ArgumentError as {@link energyInside}
 */
export function massAccuracy(map: EvidenceMap, truth: LocalizationTruth): number {
  return energyInside(map, truth);
}

/**
 * Relevance rank accuracy (Arras, Osman and Samek, CLEVR-XAI, Information Fusion 2022): of the K pixels with the highest
 * values, K being the size of the truth, the share that lies inside it. Only values above 0 count, so a map with fewer than
 * K of them cannot reach 1. Pixels equal to the K-th count in proportion: it is the mean over all ways to order equals.
 *
 * @param map of the truth's size; stretch a smaller one over the image first
 * @param truth boxes or a mask; unknown pixels are skipped
 * @returns in [0, 1]; NaN for a map without a value above 0, or an empty truth
 * @throws ArgumentError as {@link energyInside}
 */
export function rankAccuracy(map: EvidenceMap, truth: LocalizationTruth): number {
  return rankAccuracyOf(markMap(map, truth));
}

/** {@link energyInside} of a marked map. */
export function energyOf({ values, marks }: MarkedMap): number {
  let [inside, all, marked] = [0, 0, 0];
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]!;
    if (mark === 2) continue;
    marked += mark;
    const value = values[i]!;
    if (!(value > 0)) continue;
    all += value;
    if (mark === 1) inside += value;
  }
  return marked === 0 ? Number.NaN : inside / all;
}

/** {@link rankAccuracy} of a marked map. */
export function rankAccuracyOf({ values, marks }: MarkedMap): number {
  const positive = new Float64Array(marks.length);
  let [count, size] = [0, 0];
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === 2) continue;
    size += marks[i]!;
    if (values[i]! > 0) positive[count++] = values[i]!;
  }
  if (count === 0 || size === 0) return Number.NaN;
  const last = valueAtRank(positive.subarray(0, count), Math.max(0, count - size));
  let [above, insideAbove, equal, insideEqual] = [0, 0, 0, 0];
  for (let i = 0; i < marks.length; i++) {
    const value = values[i]!;
    if (marks[i] === 2 || !(value >= last)) continue;
    if (value > last) {
      above++;
      insideAbove += marks[i]!;
    } else {
      equal++;
      insideEqual += marks[i]!;
    }
  }
  return (insideAbove + insideEqual * Math.min(1, (size - above) / equal)) / size;
}
