import type { MatrixLike } from "../matrix.js";
import { decide } from "./confusionAt.js";
import { confusionsOf, type DecisionOptions, decidedColumns } from "./multilabelConfusion.js";

/** How many of the positives are found and how many of the negatives are left alone. */
export interface DetectionRate {
  /** Share of the positives with a score >= the threshold; NaN without positives. */
  readonly sensitivity: number;
  /** Share of the negatives with a score below the threshold; NaN without negatives. */
  readonly specificity: number;
}

/** The {@link DetectionRate} of one class. */
export interface ClassDetectionRate extends DetectionRate {
  /** Name of the class. */
  readonly name: string;
  /** The decision threshold; both shares are NaN where it is. */
  readonly threshold: number;
  /** Samples in which it is present. */
  readonly positives: number;
  /** Samples in which it is absent. */
  readonly negatives: number;
  /** Samples in which it is unknown; no share counts them. */
  readonly unknown: number;
}

/** The {@link DetectionRate}s of several classes, and two ways to put them into one. */
export interface DetectionRates {
  /** One entry a class, in the order of the columns. */
  readonly classes: readonly ClassDetectionRate[];
  /** Of all positive and all negative entries of the label matrix together: a frequent class counts more. */
  readonly pooled: DetectionRate;
  /** Means over the classes, each counting the same; a class without the share is left out. */
  readonly mean: DetectionRate;
  /** Names of the classes that each mean leaves out. */
  readonly undefinedClasses: {
    /** Classes without positives or without a threshold. */
    readonly sensitivity: readonly string[];
    /** Classes without negatives or without a threshold. */
    readonly specificity: readonly string[];
  };
}

/**
 * Which share of the positives a classifier finds and which share of the negatives it leaves alone, per class, pooled
 * over all entries and as means over the classes. Published figures such as "finds 87 % of the positives" are one or the
 * other of the last two, which differ where classes differ in frequency.
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN; unknown labels are skipped class by class
 * @param scores of the same shape: probabilities, other scores, or decisions 0 and 1
 * @param options `thresholds`, by default 0.5; `classes`; `weights`, in which case counts are sums of weights
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the score of a known label is
 *   not finite, `thresholds` or `classes` have another length, or a weight is not a finite number from 0
 */
export function detectionRates(
  labels: MatrixLike,
  scores: MatrixLike,
  options: DecisionOptions = {},
): DetectionRates {
  const { columns } = decidedColumns(labels, scores, options);
  const { classes: confusions, pooled } = confusionsOf(columns);
  const classes = columns.map(({ sample, ...column }, c): ClassDetectionRate => {
    const { truePositives, falsePositives } = decide(sample, Number.NEGATIVE_INFINITY);
    const { sensitivity, specificity } = confusions[c]!;
    return { ...column, positives: truePositives, negatives: falsePositives, sensitivity, specificity };
  });
  const mean = (rate: keyof DetectionRate) => {
    const defined = classes.map((row) => row[rate]).filter((value) => !Number.isNaN(value));
    return defined.reduce((sum, value) => sum + value, 0) / defined.length;
  };
  const without = (rate: keyof DetectionRate) =>
    classes.filter((row) => Number.isNaN(row[rate])).map(({ name }) => name);
  return {
    classes,
    pooled: { sensitivity: pooled.sensitivity, specificity: pooled.specificity },
    mean: { sensitivity: mean("sensitivity"), specificity: mean("specificity") },
    undefinedClasses: {
      sensitivity: without("sensitivity"),
      specificity: without("specificity"),
    },
  };
}
