import { ArgumentError } from "../errors.js";
import { bootstrapInterval } from "./bootstrapInterval.js";
import type { LevelOptions } from "./delong.js";
import type { Interval } from "./evaluation.js";
import type {
  ClassLocalization,
  LocalizationEvaluation,
  LocalizationMeasures,
} from "./localizationEvaluation.js";
import { ioUsOf, type MapThresholdOptions, thresholdsOf } from "./localizationIou.js";
import { type LocalizationTruth, markMap } from "./localizationTruth.js";
import type { EvidenceMap } from "./maskImage.js";
import { checkTolerance, hits, type MapPoint, type PointingGameOptions, peakOf } from "./pointingGame.js";
import { energyOf, rankAccuracyOf } from "./relevanceInside.js";
import { checkLevel, checkResamples, groupRows } from "./resampling.js";
import { wilsonInterval } from "./wilsonInterval.js";

/** A map of one class on one image, and where the finding is. */
export interface LocalizationCase {
  /** Name of the class that the map explains. */
  readonly class: string;
  /** Of the truth's size; a smaller one has to be stretched over the image first. */
  readonly map: EvidenceMap;
  /** Boxes or a mask on the image. An empty one leaves the case out. */
  readonly truth: LocalizationTruth;
  /** The map's peak in image pixels, such as `gradCam` places it; by default the greatest value of `map`. */
  readonly peak?: MapPoint;
  /** The patient, for all cases or for none: without it all cases count as independent, those of one image too. */
  readonly group?: string | number;
}

/** How maps are measured. */
export interface LocalizationOptions extends PointingGameOptions, MapThresholdOptions, LevelOptions {
  /**
   * Threshold of the intersection over union, one for all classes or one for each by name, chosen on other maps as by
   * {@link selectLocalizationThreshold}. Without it there is no overlap.
   */
  readonly threshold?: number | Readonly<Record<string, number>>;
  /** How many bootstrap resamples, a whole number from 0; 0 leaves their intervals NaN. Default 500. */
  readonly resamples?: number;
  /** The same seed gives the same intervals. Default 0. */
  readonly seed?: number | string;
}

/** The numbers of one case; NaN where undefined. */
interface CaseNumbers {
  readonly name: string;
  readonly group: string | number | undefined;
  readonly hit: number;
  readonly evidence: boolean;
  readonly iou: number;
  readonly energy: number;
  readonly rank: number;
  /** Share of the known pixels that are marked; 0 leaves the case out. */
  readonly area: number;
}

/**
 * Measures how well maps agree with experts' marks, class by class: {@link pointingGame}, {@link localizationIou} at a
 * threshold, {@link energyInside} and {@link rankAccuracy}, with intervals and with what chance reaches.
 *
 * Only maps of findings that are there and marked say something about localisation. A case with an empty truth is left out
 * and counted. Cases of one patient are drawn together in the bootstrap.
 *
 * ```ts
 * const { classes } = evaluateLocalization(cases, { tolerance: 15, threshold: chosen.threshold });
 * ```
 *
 * @param cases one a map; they are read once, one at a time, and not kept
 * @throws ArgumentError as {@link pointingGame} and {@link localizationIou}, when a peak lies outside its map, a class has no
 *   threshold, only some cases have a group, or an option is out of its range
 */
export function evaluateLocalization(
  cases: Iterable<LocalizationCase>,
  options: LocalizationOptions = {},
): LocalizationEvaluation {
  const { threshold, tolerance = 0, level = 0.95, resamples = 500, seed = 0 } = options;
  checkTolerance(tolerance);
  checkLevel(level);
  checkResamples(resamples);
  const numbers = Array.from(cases, (of) => numbersOf(of, options));
  const ungrouped = numbers.findIndex(({ group }) => group === undefined);
  if (ungrouped >= 0 && numbers.some(({ group }) => group !== undefined)) {
    throw new ArgumentError(`cases[${ungrouped}].group`, "is missing; give it for all cases, or for none");
  }
  const measure = (of: readonly CaseNumbers[]): LocalizationMeasures =>
    measuresOf(of, { level, resamples, seed, overlap: threshold !== undefined });
  const classes = [...new Set(numbers.map(({ name }) => name))].map((name): ClassLocalization => {
    const cut = thresholdOf(name, threshold);
    return {
      name,
      ...(cut !== undefined && { threshold: cut }),
      ...measure(numbers.filter((of) => of.name === name)),
    };
  });
  const over = (value: (of: ClassLocalization) => number) => mean(classes.map(value));
  return {
    classes,
    all: measure(numbers),
    mean: {
      pointingGame: over((of) => of.pointingGame.value),
      ...(threshold !== undefined && {
        intersectionOverUnion: over((of) => of.intersectionOverUnion!.value),
      }),
      energyInside: over((of) => of.energyInside.value),
      rankAccuracy: over((of) => of.rankAccuracy.value),
      chance: over((of) => of.chance),
    },
    tolerance,
    intervals: { level, resamples },
  };
}

function thresholdOf(name: string, threshold: LocalizationOptions["threshold"]): number | undefined {
  if (threshold === undefined || typeof threshold === "number") return threshold;
  const own = Object.hasOwn(threshold, name) ? threshold[name] : undefined;
  if (own === undefined) {
    throw new ArgumentError(
      "options.threshold",
      `has none for class "${name}"; it has ${Object.keys(threshold).join(", ")}`,
    );
  }
  return own;
}

function numbersOf(
  { class: name, map, truth, peak, group }: LocalizationCase,
  options: LocalizationOptions,
): CaseNumbers {
  const { tolerance = 0, scale } = options;
  const marked = markMap(map, truth);
  const threshold = thresholdOf(name, options.threshold);
  const cuts = thresholdsOf({
    thresholds: threshold === undefined ? [] : [threshold],
    ...(scale && { scale }),
  });
  const own = peakOf(marked);
  const { marks } = marked;
  let [inside, known] = [0, 0];
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === 2) continue;
    known++;
    inside += marks[i]!;
  }
  return {
    name,
    group,
    hit: Number(hits(own && (peak ?? own), marked, tolerance)),
    evidence: own !== undefined,
    iou: ioUsOf(marked, cuts, options)[0] ?? Number.NaN,
    energy: energyOf(marked),
    rank: rankAccuracyOf(marked),
    area: inside / known,
  };
}

function measuresOf(
  all: readonly CaseNumbers[],
  how: {
    readonly level: number;
    readonly resamples: number;
    readonly seed: number | string;
    readonly overlap: boolean;
  },
): LocalizationMeasures {
  const counted = all.filter(({ area }) => area > 0);
  const groups = counted.map(({ group }, i) => group ?? i);
  const independent = groupRows(groups).count === counted.length;
  const measures = ["hit", "iou", "energy", "rank"] as const;
  const [pointing, iou, energy, rank] = bootstrapInterval(
    (rows) => measures.map((measure) => mean(Array.from(rows, (row) => counted[row]![measure]))),
    { ...how, groups },
  ).map(
    ({ estimate, lower, upper, undefinedResamples }): Interval => ({
      value: estimate,
      lower,
      upper,
      undefinedResamples,
    }),
  ) as [Interval, Interval, Interval, Interval];
  const hitCount = counted.reduce((sum, { hit }) => sum + hit, 0);
  return {
    cases: counted.length,
    withoutTruth: all.length - counted.length,
    withoutEvidence: counted.filter(({ evidence }) => !evidence).length,
    hits: hitCount,
    pointingGame: independent
      ? { value: pointing.value, ...wilsonInterval(hitCount, counted.length, how), undefinedResamples: 0 }
      : pointing,
    pointingGameInterval: independent ? "wilson" : "bootstrap",
    ...(how.overlap && { intersectionOverUnion: iou }),
    energyInside: energy,
    rankAccuracy: rank,
    chance: mean(counted.map(({ area }) => area)),
  };
}

/** Over the values that are not NaN; NaN without one. */
function mean(values: readonly number[]): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
