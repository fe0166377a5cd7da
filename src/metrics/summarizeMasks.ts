import { bootstrapInterval } from "./bootstrapInterval.js";
import type { Interval } from "./evaluation.js";
import type { MaskEvaluation, MaskImageEvaluation } from "./maskEvaluation.js";
import { groupRows } from "./resampling.js";

type Images = readonly MaskImageEvaluation[];

/** A ratio of sums over images: what an image adds above, and below. */
type Share = (image: MaskImageEvaluation) => readonly [above: number, below: number];

const isPositive = (image: MaskImageEvaluation) => image.truthPixels > 0;
const notFound = (image: MaskImageEvaluation) => Number(image.predictedPixels === 0);

/** A mean over the images that are of a kind and have the value. */
const meanOf =
  (value: (image: MaskImageEvaluation) => number, kind: "positive" | "empty" | "any"): Share =>
  (image) => {
    const counts = kind === "any" || isPositive(image) === (kind === "positive");
    const of = value(image);
    return counts && !Number.isNaN(of) ? [of, 1] : [0, 0];
  };

/** Each number of an evaluation that has an interval. */
const shares = {
  dice: meanOf((image) => image.dice, "positive"),
  intersectionOverUnion: meanOf((image) => image.intersectionOverUnion, "positive"),
  hausdorff95: meanOf((image) => image.hausdorff95, "positive"),
  averageSurfaceDistance: meanOf((image) => image.averageSurfaceDistance, "positive"),
  positivesPredictedEmpty: meanOf(notFound, "positive"),
  emptiesPredictedEmpty: meanOf(notFound, "empty"),
  falsePositiveArea: meanOf((image) => image.predictedArea, "empty"),
  pooledDice: ({ truthPixels, predictedPixels, bothPixels }) => [
    2 * bothPixels,
    truthPixels + predictedPixels,
  ],
  pooledIntersectionOverUnion: ({ truthPixels, predictedPixels, bothPixels }) => [
    bothPixels,
    truthPixels + predictedPixels - bothPixels,
  ],
  meanDice: meanOf((image) => image.dice, "any"),
  meanIntersectionOverUnion: meanOf((image) => image.intersectionOverUnion, "any"),
  siimAcrScore: meanOf(({ dice }) => (Number.isNaN(dice) ? 1 : dice), "any"),
} satisfies Record<string, Share>;

type Statistic = keyof typeof shares;

/**
 * Sums up images.
 *
 * @param how `groups`: the patient of each image, where they are known
 */
export function summarizeMasks(
  images: Images,
  {
    groups,
    ...how
  }: Pick<MaskEvaluation, "unknownImages" | "unit"> & {
    readonly groups: readonly (string | number)[] | undefined;
    readonly resamples: number;
    readonly seed: number | string;
    readonly level: number;
  },
): MaskEvaluation {
  const { unit, resamples, level } = how;
  const ids = groups ?? images.map((_, i) => i);
  const names = Object.keys(shares) as Statistic[];
  const width = 2 * names.length;
  const terms = new Float64Array(images.length * width);
  images.forEach((image, i) => {
    names.forEach((name, n) => {
      terms.set(shares[name](image), i * width + 2 * n);
    });
  });
  const sums = new Float64Array(width);
  const intervals = bootstrapInterval(
    (rows) => {
      sums.fill(0);
      for (let r = 0; r < rows.length; r++) {
        const start = rows[r]! * width;
        for (let k = 0; k < width; k++) sums[k]! += terms[start + k]!;
      }
      return names.map((_, n) => sums[2 * n]! / sums[2 * n + 1]!);
    },
    { ...how, groups: ids },
  );
  const of = Object.fromEntries(
    intervals.map(({ estimate, lower, upper, undefinedResamples }, i) => [
      names[i]!,
      { value: estimate, lower, upper, undefinedResamples },
    ]),
  ) as Record<Statistic, Interval>;
  const positives = images.filter(isPositive);
  return {
    images: [...images],
    unknownImages: [...how.unknownImages],
    patients: groups && groupRows(ids).count,
    unit,
    positives: {
      images: positives.length,
      dice: of.dice,
      intersectionOverUnion: of.intersectionOverUnion,
      predictedEmpty: of.positivesPredictedEmpty,
      hausdorff95: of.hausdorff95,
      averageSurfaceDistance: of.averageSurfaceDistance,
      withoutDistance: positives.filter(({ hausdorff95 }) => Number.isNaN(hausdorff95)).length,
    },
    empties: {
      images: images.length - positives.length,
      predictedEmpty: of.emptiesPredictedEmpty,
      falsePositiveArea: of.falsePositiveArea,
    },
    pooled: { dice: of.pooledDice, intersectionOverUnion: of.pooledIntersectionOverUnion },
    mean: {
      images: images.filter(({ dice }) => !Number.isNaN(dice)).length,
      dice: of.meanDice,
      intersectionOverUnion: of.meanIntersectionOverUnion,
    },
    siimAcrScore: of.siimAcrScore,
    siimAcrScoreOfNothing: (images.length - positives.length) / images.length,
    intervals: { level, resamples },
  };
}
