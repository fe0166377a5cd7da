import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import type { BinningOptions } from "./calibrationError.js";
import { bootstrapMetrics, type ClassMetrics, classMetrics } from "./classMetrics.js";
import { decide } from "./confusionAt.js";
import { delongOf } from "./delong.js";
import type { ClassEvaluation, Interval, MultilabelEvaluation } from "./evaluation.js";
import { checkLevel, checkResamples, groupRows, percentileInterval } from "./resampling.js";
import { rankedColumns, type Sample } from "./sample.js";
import type { OperatingPoint } from "./selectThreshold.js";

/** What {@link evaluateMultilabel} is told besides labels and probabilities. */
export interface EvaluationOptions extends BinningOptions {
  /** Names of the columns; by default those of the matrices, or "class 0", "class 1", ... */
  readonly classes?: readonly string[];
  /** The patient of each row. Without it all rows count as independent. */
  readonly groups?: ArrayLike<string | number>;
  /** Decision threshold of each class, chosen on other samples; NaN where there is none. */
  readonly thresholds?: ArrayLike<number>;
  /** How many bootstrap resamples; 0 leaves their intervals NaN. Default 500. */
  readonly resamples?: number;
  /** The same seed gives the same intervals. Default 0. */
  readonly seed?: number | string;
  /** Confidence level in (0, 1). Default 0.95. */
  readonly level?: number;
}

/**
 * Area under the ROC curve, average precision, Brier score and calibration error of each class, and their means over
 * the classes, with intervals.
 *
 * Intervals are percentile bootstrap intervals over patients (over rows without `groups`), all classes and metrics on
 * the same resamples. Only the interval of a class's AUC is DeLong's as long as no patient has several rows, since
 * DeLong's standard error holds for independent samples. A mean is over the same classes in each resample; a resample
 * in which one of them is undefined is left out of that mean's interval and counted.
 *
 * The calibration error is biased upwards in small samples, and its resamples once more. Its interval is therefore the
 * basic bootstrap interval [2 v - upper, 2 v - lower] of the percentiles, cut at 0 (Davison and Hinkley, Bootstrap
 * Methods and their Application, 1997, section 5.2), and may lie below the estimate v.
 * For a nearly perfect calibration it is still too short: take it as a lower bound of the uncertainty.
 *
 * ```ts
 * const evaluation = evaluateMultilabel(test.labels, probabilities, {
 *   groups: test.studies.map((study) => study.patientId),
 * });
 * ```
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN; unknown labels are skipped class by class
 * @param probabilities of the same shape, values in [0, 1]
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the probability of a
 *   known label lies outside [0, 1], `classes`, `groups` or `thresholds` have another length, an id in `groups` is
 *   empty, `bins` is not a whole number from 1, `resamples` is not one from 0, or the level is outside (0, 1)
 */
export function evaluateMultilabel(
  labels: MatrixLike,
  probabilities: MatrixLike,
  options: EvaluationOptions = {},
): MultilabelEvaluation {
  const { resamples = 500, seed = 0, level = 0.95, thresholds } = options;
  const binning = { bins: options.bins ?? 10, binning: options.binning ?? "equal-width" } as const;
  checkLevel(level);
  checkResamples(resamples);
  const { rows, classes, samples } = rankedColumns(labels, probabilities, options.classes);
  checkLength("options.groups", options.groups, rows);
  checkLength("options.thresholds", thresholds, classes.length);
  const groups = groupRows(options.groups ?? Int32Array.from({ length: rows }, (_, row) => row));
  const repeated = groups.count < rows;
  const estimates = samples.map((sample) => classMetrics(sample, binning));
  const resampled = bootstrapMetrics(samples, groups, binning, resamples, seed);
  const interval = (value: number, values: Float64Array): Interval => ({
    value,
    ...percentileInterval(values, level),
  });

  // The bias of an estimate and that of its resamples are alike: reflected at the estimate, one takes the other out.
  const reflected = (value: number, values: Float64Array): Interval => {
    const { lower, upper, undefinedResamples } = percentileInterval(values, level);
    return {
      value,
      lower: Math.max(0, 2 * value - upper),
      upper: Math.max(0, 2 * value - lower),
      undefinedResamples,
    };
  };

  const evaluateClass = (sample: Sample, c: number): ClassEvaluation => {
    const { auc, averagePrecision, brier, calibrationError } = estimates[c]!;
    return {
      name: classes[c]!,
      ...countLabels(sample, rows),
      auc: repeated ? interval(auc, resampled[c]!.auc) : delong(sample, level),
      averagePrecision,
      brier,
      calibrationError: reflected(calibrationError, resampled[c]!.calibrationError),
      ...(thresholds === undefined ? {} : operatingPoint(sample, thresholds[c]!)),
    };
  };
  const macro = (metric: keyof ClassMetrics<number>): Interval => {
    const defined = classes.map((_, c) => c).filter((c) => !Number.isNaN(estimates[c]![metric]));
    const mean = (of: (c: number) => number) => defined.reduce((sum, c) => sum + of(c), 0) / defined.length;
    return (metric === "calibrationError" ? reflected : interval)(
      mean((c) => estimates[c]![metric]),
      Float64Array.from({ length: resamples }, (_, r) => mean((c) => resampled[c]![metric][r]!)),
    );
  };
  return {
    samples: rows,
    patients: options.groups === undefined ? undefined : groups.count,
    classes: samples.map(evaluateClass),
    macro: {
      auc: macro("auc"),
      averagePrecision: macro("averagePrecision"),
      brier: macro("brier"),
      calibrationError: macro("calibrationError"),
      undefinedClasses: classes.filter((_, c) => Number.isNaN(estimates[c]!.auc)),
    },
    intervals: { level, resamples, auc: repeated ? (resamples > 0 ? "bootstrap" : "none") : "delong" },
    binning,
  };
}

function checkLength(argument: string, values: ArrayLike<unknown> | undefined, expected: number): void {
  if (values !== undefined && values.length !== expected) {
    throw new ArgumentError(argument, `has ${values.length} values; expected ${expected}`);
  }
}

function countLabels(
  { labels }: Sample,
  rows: number,
): Pick<ClassEvaluation, "positives" | "negatives" | "unknown" | "prevalence"> {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return {
    positives,
    negatives: labels.length - positives,
    unknown: rows - labels.length,
    prevalence: positives / labels.length,
  };
}

function delong(sample: Sample, level: number): Interval {
  const { auc, lower, upper } = delongOf(sample, { level });
  return { value: auc, lower, upper, undefinedResamples: 0 };
}

function operatingPoint(sample: Sample, threshold: number): OperatingPoint {
  if (Number.isNaN(threshold)) return { threshold, sensitivity: Number.NaN, specificity: Number.NaN };
  const { sensitivity, specificity } = decide(sample, threshold);
  return { threshold, sensitivity, specificity };
}
