import { ArgumentError } from "../errors.js";
import { meanSquaredError } from "./brierScore.js";
import { type BinningOptions, binnedError } from "./calibrationError.js";
import { decide } from "./confusionAt.js";
import { rankMetrics } from "./rankMetrics.js";
import type { Groups } from "./resampling.js";
import { knownSample, ranked, type Sample } from "./sample.js";

/** A metric of decisions at a threshold. */
export type DecisionMetric =
  | "sensitivity"
  | "specificity"
  | "precision"
  | "negativePredictiveValue"
  | "f1"
  | "accuracy"
  | "balancedAccuracy"
  | "matthewsCorrelation";

const decisions: readonly DecisionMetric[] = [
  "sensitivity",
  "specificity",
  "precision",
  "negativePredictiveValue",
  "f1",
  "accuracy",
  "balancedAccuracy",
  "matthewsCorrelation",
];

/** A metric that `evaluateSubgroups` knows by name. */
export type SubgroupMetricName = "auc" | "averagePrecision" | "brier" | "calibrationError" | DecisionMetric;

/** A metric of some rows, as a function of how often each group counts. */
export type ResampledMetric = (frequency: Int32Array) => number;

/** How a metric is taken of a subset of rows. */
export interface MetricSource {
  readonly labels: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  readonly groups: Groups;
  readonly metric: SubgroupMetricName | ((rows: Int32Array) => number);
  readonly threshold: number | undefined;
  readonly binning: BinningOptions;
}

/**
 * The metric of a subset of rows.
 *
 * @throws ArgumentError for an unknown metric, or one of decisions without a threshold
 */
export function metricOf(rows: Int32Array, source: MetricSource): ResampledMetric {
  const { labels, scores, groups, metric } = source;
  const groupOf = rows.map((row) => groups.groupOf[row]!);
  if (typeof metric === "function") return (frequency) => metric(repeated(rows, groupOf, frequency));
  const measure = measureOf(source, metric);
  const sample = ranked(
    knownSample(
      Array.from(rows, (row) => labels[row]!),
      Array.from(rows, (row) => scores[row]!),
      { argument: "probabilities" },
    ),
  );
  const knownGroups = sample.rows.map((place) => groupOf[place]!);
  const resampled: Sample = { ...sample, weights: new Float64Array(sample.rows.length) };
  return (frequency) => {
    for (let i = 0; i < knownGroups.length; i++) resampled.weights[i] = frequency[knownGroups[i]!]!;
    return measure(resampled);
  };
}

function measureOf(
  { threshold, binning }: MetricSource,
  metric: SubgroupMetricName,
): (sample: Sample) => number {
  switch (metric) {
    case "auc":
    case "averagePrecision":
      return (sample) => rankMetrics(sample)[metric];
    case "brier":
      return meanSquaredError;
    case "calibrationError":
      return (sample) => binnedError(sample, binning);
    default:
      if (!decisions.includes(metric)) {
        throw new ArgumentError(
          "options.metric",
          `is ${metric}; expected a function of rows, "auc", "averagePrecision", "brier", "calibrationError", ` +
            decisions.map((name) => `"${name}"`).join(", "),
        );
      }
      if (threshold === undefined || Number.isNaN(threshold)) {
        throw new ArgumentError(
          "options.threshold",
          `is ${threshold}; "${metric}" needs one, chosen on other samples`,
        );
      }
      return (sample) => decide(sample, threshold)[metric];
  }
}

function repeated(rows: Int32Array, groupOf: Int32Array, frequency: Int32Array): Int32Array {
  let size = 0;
  for (const group of groupOf) size += frequency[group]!;
  const drawn = new Int32Array(size);
  let end = 0;
  for (let i = 0; i < rows.length; i++) {
    for (let k = frequency[groupOf[i]!]!; k > 0; k--) drawn[end++] = rows[i]!;
  }
  return drawn;
}
