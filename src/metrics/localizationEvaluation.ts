import type { Interval } from "./evaluation.js";

/** How well maps show where a finding is. */
export interface LocalizationMeasures {
  /** Maps whose truth is not empty: those that count. All measures are NaN without one. */
  readonly cases: number;
  /** Maps left out because their truth is empty. */
  readonly withoutTruth: number;
  /** Of the cases, maps without a value above 0, which have no peak: they miss in the pointing game and overlap nothing. */
  readonly withoutEvidence: number;
  /** Cases whose peak hits the truth. */
  readonly hits: number;
  /** Share of hits among the cases. */
  readonly pointingGame: Interval;
  /**
   * How the interval of the pointing game was made: Wilson's where each case is of a patient of its own, a bootstrap over
   * patients where not. The other intervals are bootstrap intervals.
   */
  readonly pointingGameInterval: "wilson" | "bootstrap";
  /** Mean intersection over union at the threshold, if one was given. */
  readonly intersectionOverUnion?: Interval;
  /** Mean share of the energy inside the truth, over the cases with evidence. */
  readonly energyInside: Interval;
  /** Mean relevance rank accuracy, over the cases with evidence. */
  readonly rankAccuracy: Interval;
  /**
   * Mean share of the image that the truth covers: what a map of random values reaches in the pointing game (without a
   * tolerance), in energy and in rank accuracy.
   */
  readonly chance: number;
}

/** The measures of one class. */
export interface ClassLocalization extends LocalizationMeasures {
  /** Name of the class. */
  readonly name: string;
  /** The threshold of the overlap, if one was given. */
  readonly threshold?: number;
}

/** How well maps show where findings are, class by class. */
export interface LocalizationEvaluation {
  /** One entry a class, in order of appearance. */
  readonly classes: readonly ClassLocalization[];
  /** All cases together, each counting the same: frequent findings weigh more. */
  readonly all: LocalizationMeasures;
  /** Means over the classes that have the value, each class counting the same. */
  readonly mean: {
    /** Of the shares of hits. */
    readonly pointingGame: number;
    /** Of the mean intersections over union, if a threshold was given. */
    readonly intersectionOverUnion?: number;
    /** Of the mean shares of energy. */
    readonly energyInside: number;
    /** Of the mean rank accuracies. */
    readonly rankAccuracy: number;
    /** Of the classes' chances. */
    readonly chance: number;
  };
  /** How far the peak may lie from the truth, in pixels. */
  readonly tolerance: number;
  /** How the intervals were made. */
  readonly intervals: {
    /** Confidence level. */
    readonly level: number;
    /** Number of bootstrap resamples. */
    readonly resamples: number;
  };
}
