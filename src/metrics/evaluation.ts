import type { BinningOptions } from "./calibrationError.js";
import type { ThresholdWarning } from "./thresholdWarning.js";

/** A metric with its interval. */
export interface Interval {
  /** The metric on all samples; NaN where it is undefined. */
  readonly value: number;
  /** Lower end; NaN where no interval was computed or it is undefined. */
  readonly lower: number;
  /** Upper end; NaN where no interval was computed or it is undefined. */
  readonly upper: number;
  /** Bootstrap resamples in which the metric was undefined; they are left out. 0 for DeLong's interval, all for a single patient. */
  readonly undefinedResamples: number;
}

/** How well one class is predicted. */
export interface ClassEvaluation {
  /** Name of the class. */
  readonly name: string;
  /** Samples in which it is present; samples of weight 0 are in none of the counts. */
  readonly positives: number;
  /** Samples in which it is absent. */
  readonly negatives: number;
  /** Samples in which it is unknown; no metric counts them. */
  readonly unknown: number;
  /** Share of positives among the known samples, by weight where weights were given; NaN without one. */
  readonly prevalence: number;
  /** Area under the ROC curve; NaN unless both labels occur. */
  readonly auc: Interval;
  /** Average precision; NaN unless both labels occur. Compare it with the prevalence, which chance reaches. */
  readonly averagePrecision: number;
  /** The same with its bootstrap interval. */
  readonly averagePrecisionInterval?: Interval;
  /** Brier score; NaN without a known sample. */
  readonly brier: number;
  /** The same with its bootstrap interval. */
  readonly brierInterval?: Interval;
  /** Calibration error ("l1"); NaN without a known sample. */
  readonly calibrationError: Interval;
  /** The decision threshold, if thresholds were given. */
  readonly threshold?: number;
  /** Share of the positives at or above the threshold; NaN without positives or for a NaN threshold. */
  readonly sensitivity?: number;
  /** Share of the negatives below the threshold; NaN without negatives or for a NaN threshold. */
  readonly specificity?: number;
}

/** Means over classes, each class counting the same. */
export interface MacroEvaluation {
  /** Mean area under the ROC curve, without the `undefinedClasses`. */
  readonly auc: Interval;
  /** Mean average precision, without the `undefinedClasses`. */
  readonly averagePrecision: Interval;
  /** Mean Brier score over the classes with a known sample. */
  readonly brier: Interval;
  /** Mean calibration error over the classes with a known sample: the class-wise calibration error. */
  readonly calibrationError: Interval;
  /** Classes of which not both labels occur. */
  readonly undefinedClasses: readonly string[];
}

/** How well a multi-label classifier does on one set of samples. */
export interface MultilabelEvaluation {
  /** Number of samples. */
  readonly samples: number;
  /** Number of patients, which the bootstrap draws; undefined when no groups were given and it draws samples. */
  readonly patients: number | undefined;
  /** One entry a class, in the order of the columns. */
  readonly classes: readonly ClassEvaluation[];
  /** Means over the classes. */
  readonly macro: MacroEvaluation;
  /** How the intervals were made. */
  readonly intervals: {
    /** Confidence level. */
    readonly level: number;
    /** Number of bootstrap resamples. */
    readonly resamples: number;
    /** How the intervals of each class's area under the ROC curve were made; all others are bootstrap intervals. */
    readonly auc: "delong" | "bootstrap" | "none";
    /** Whether DeLong's intervals are symmetric ("normal", the default) or made on the logit scale. */
    readonly aucScale?: "normal" | "logit";
  };
  /** How the calibration error was binned. */
  readonly binning: Required<BinningOptions>;
  /** Name of the split that was evaluated, if it was given. */
  readonly split?: string;
  /** Name of the split that the thresholds were chosen on, if it was given. */
  readonly thresholdsChosenOn?: string;
  /** Reasons to distrust the result; none is what a report should have. */
  readonly warnings: readonly ThresholdWarning[];
}
