import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { calibrationEnds } from "./bootstrapEnds.js";
import type { BinningOptions } from "./calibrationError.js";
import {
  bootstrapMetrics,
  type ClassMetrics,
  classMetrics,
  meanOfClasses,
  metricNames,
} from "./classMetrics.js";
import { decide } from "./confusionAt.js";
import { type DelongOptions, delongOf } from "./delong.js";
import type { ClassEvaluation, Interval, MultilabelEvaluation } from "./evaluation.js";
import {
  checkCount,
  checkLevel,
  checkResamples,
  groupRows,
  groupsByStratum,
  percentileInterval,
} from "./resampling.js";
import { rankedColumns, type Sample, type WeightOptions } from "./sample.js";
import type { OperatingPoint } from "./selectThreshold.js";
import { type ThresholdWarning, thresholdWarning } from "./thresholdWarning.js";

/** What {@link evaluateMultilabel} is told besides labels and probabilities. */
export interface EvaluationOptions extends BinningOptions, WeightOptions {
  /** Names of the columns; by default those of the matrices, or "class 0", "class 1", ... */
  readonly classes?: readonly string[];
  /** The patient of each row. Without it all rows count as independent. */
  readonly groups?: ArrayLike<string | number>;
  /** The stratum of each row, as for `bootstrapInterval`. */
  readonly strata?: ArrayLike<string | number>;
  /** Decision threshold of each class, chosen on other samples; NaN where there is none. */
  readonly thresholds?: ArrayLike<number>;
  /** Name of the split that the rows are of, such as "test". */
  readonly split?: string;
  /** Name of the split that the thresholds were chosen on; the result warns when it is `split`. */
  readonly thresholdsChosenOn?: string;
  /**
   * Which metrics get bootstrap intervals; the ends of the others are NaN. By default all. ["auc"] is several times faster.
   */
  readonly metrics?: readonly ("auc" | "averagePrecision" | "brier" | "calibrationError")[];
  /** How DeLong's intervals are made, where they are used; "normal" by default. */
  readonly aucScale?: "normal" | "logit";
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
 * Intervals are percentile bootstrap intervals over patients (over rows without `groups`), all classes and metrics on the same
 * resamples. Only the interval of a class's AUC is DeLong's as long as no patient has several rows and there are no weights,
 * since DeLong's standard error holds for independent samples that count alike. A mean is over the same classes in each
 * resample; a resample in which one of them is undefined is left out of that mean's interval and counted. A class that is known
 * of a single patient has no bootstrap interval, and then its means have none.
 *
 * The calibration error is biased upwards in small samples, and its resamples once more. Its interval is therefore the
 * basic bootstrap interval [2 v - upper, 2 v - lower] of the percentiles, cut to [0, 1] (Davison and Hinkley, Bootstrap
 * Methods and their Application, 1997, section 5.2), and may lie below the estimate v. For a nearly perfect calibration it is
 * still too short: take it as a lower bound of the uncertainty.
 *
 * With weights every metric is the weighted one, and a sample of weight 0 is in no metric and no count but `samples`. The
 * edges of equal-mass bins take a weight as that many samples, so the weights have to be whole for them.
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
 *   known label lies outside [0, 1], `classes`, `groups`, `strata`, `weights` or `thresholds` have another length, an id in
 *   `groups` is empty, a patient is in two strata, a weight is not a finite number from 0 (a whole one for equal-mass bins),
 *   a metric is unknown, `bins` is not a whole number from 1, `resamples` is not one from 0, or the level is outside (0, 1)
 */
export function evaluateMultilabel(
  labels: MatrixLike,
  probabilities: MatrixLike,
  options: EvaluationOptions = {},
): MultilabelEvaluation {
  const { resamples = 500, seed = 0, level = 0.95, thresholds, split, thresholdsChosenOn } = options;
  const { aucScale = "normal" } = options;
  const binning = { bins: options.bins ?? 10, binning: options.binning ?? "equal-width" } as const;
  checkLevel(level);
  checkResamples(resamples);
  const metrics = new Set(options.metrics ?? metricNames);
  for (const metric of metrics) {
    if (metricNames.includes(metric)) continue;
    throw new ArgumentError("options.metrics", `has "${metric}"; expected some of ${metricNames.join(", ")}`);
  }
  const { weights } = options;
  const { rows, counted, classes, samples } = rankedColumns(labels, probabilities, options.classes, {
    ...(weights && { weights }),
  });
  checkCount("options.groups", options.groups, rows);
  checkCount("options.thresholds", thresholds, classes.length);
  const groups = groupRows(options.groups ?? Int32Array.from({ length: rows }, (_, row) => row));
  const strata = options.strata && groupsByStratum(groups, options.strata);
  const delong = groups.count === rows && weights === undefined;
  const estimates = samples.map((sample) => classMetrics(sample, binning));
  const drawing = { binning, resamples, seed, metrics, strata };
  const resampled = bootstrapMetrics(samples, groups, drawing);
  const interval = (value: number, values: Float64Array): Interval => ({
    value,
    ...percentileInterval(values, level),
  });

  const reflected = (value: number, values: Float64Array): Interval => ({
    value,
    ...calibrationEnds(value, values, level),
  });

  // Of a metric that was not resampled no resample is undefined.
  const restrict = (metric: keyof ClassMetrics<unknown>, of: Interval): Interval =>
    metrics.has(metric) ? of : { ...of, undefinedResamples: 0 };

  const evaluateClass = (sample: Sample, c: number): ClassEvaluation => {
    const { auc, averagePrecision, brier, calibrationError } = estimates[c]!;
    return {
      name: classes[c]!,
      ...countLabels(sample, counted),
      auc: delong
        ? delongInterval(sample, { level, method: aucScale })
        : restrict("auc", interval(auc, resampled[c]!.auc)),
      averagePrecision,
      averagePrecisionInterval: restrict(
        "averagePrecision",
        interval(averagePrecision, resampled[c]!.averagePrecision),
      ),
      brier,
      brierInterval: restrict("brier", interval(brier, resampled[c]!.brier)),
      calibrationError: restrict(
        "calibrationError",
        reflected(calibrationError, resampled[c]!.calibrationError),
      ),
      ...(thresholds === undefined ? {} : operatingPoint(sample, thresholds[c]!)),
    };
  };
  const macro = (metric: keyof ClassMetrics<number>): Interval => {
    const { estimate, values } = meanOfClasses(
      estimates.map((of) => of[metric]),
      resampled.map((of) => of[metric]),
      resamples,
    );
    const over = (metric === "calibrationError" ? reflected : interval)(estimate, values);
    return restrict(metric, over);
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
    intervals: {
      level,
      resamples,
      auc: delong ? "delong" : resamples > 0 && metrics.has("auc") ? "bootstrap" : "none",
      ...(delong && { aucScale }),
    },
    binning,
    ...(split !== undefined && { split }),
    ...(thresholds !== undefined && thresholdsChosenOn !== undefined && { thresholdsChosenOn }),
    warnings: warningsOf(options),
  };
}

function warningsOf({ thresholds, split, thresholdsChosenOn }: EvaluationOptions): ThresholdWarning[] {
  if (thresholds === undefined || split === undefined || split !== thresholdsChosenOn) return [];
  return [thresholdWarning("same-split", split)];
}

function countLabels(
  { labels, weights }: Sample,
  counted: number,
): Pick<ClassEvaluation, "positives" | "negatives" | "unknown" | "prevalence"> {
  let [positives, present, total] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    positives += labels[i]!;
    present += labels[i]! * weights[i]!;
    total += weights[i]!;
  }
  return {
    positives,
    negatives: labels.length - positives,
    unknown: counted - labels.length,
    prevalence: present / total,
  };
}

function delongInterval(sample: Sample, options: DelongOptions): Interval {
  const { auc, lower, upper } = delongOf(sample, options);
  return { value: auc, lower, upper, undefinedResamples: 0 };
}

function operatingPoint(sample: Sample, threshold: number): OperatingPoint {
  if (Number.isNaN(threshold)) return { threshold, sensitivity: Number.NaN, specificity: Number.NaN };
  const { sensitivity, specificity } = decide(sample, threshold);
  return { threshold, sensitivity, specificity };
}
