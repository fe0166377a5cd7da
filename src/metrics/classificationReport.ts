import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { type Confusion, confusionOf, decide } from "./confusionAt.js";
import {
  confusionsOf,
  type DecidedColumn,
  type DecisionOptions,
  decidedColumns,
} from "./multilabelConfusion.js";

/** What {@link classificationReport} is told besides labels and scores. */
export interface ClassificationReportOptions extends DecisionOptions {
  /**
   * What a share of nothing is: NaN (the default) leaves it undefined and out of the averages, 0 and 1 put that number in
   * its place, as scikit-learn's `zero_division`.
   */
  readonly zeroDivision?: number;
}

/** The shares of a line of the report. */
export interface ReportShares {
  /** Share of positives among what is called (positive predictive value). */
  readonly precision: number;
  /** Share of the positives that are called (sensitivity). */
  readonly recall: number;
  /** Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN). */
  readonly f1: number;
  /** Share of the negatives that are left alone. */
  readonly specificity: number;
}

/** One class of a {@link ClassificationReport}. */
export interface ClassReport extends ReportShares {
  /** Name of the class. */
  readonly name: string;
  /** The decision threshold; all shares are NaN where it is. */
  readonly threshold: number;
  /** Samples in which it is present. */
  readonly support: number;
  /** Samples in which it is unknown; nothing counts them. */
  readonly unknown: number;
}

/** Averages over classes, and the classes that each share leaves out because it is undefined there. */
export interface ClassAverage extends ReportShares {
  /** Names of the classes left out; none where `zeroDivision` is 0 or 1, unless they have no threshold. */
  readonly undefinedClasses: Readonly<Record<keyof ReportShares, readonly string[]>>;
}

/** Averages over samples, and how many samples each share leaves out because it is undefined there. */
export interface SampleAverage extends ReportShares {
  /** Samples with a known label: the others have no line. */
  readonly samples: number;
  /** How many of them are left out. */
  readonly undefinedSamples: Readonly<Record<keyof ReportShares, number>>;
}

/** Precision, recall, F1 and specificity of several classes and four averages of them. */
export interface ClassificationReport {
  /** One entry a class, in the order of the columns. */
  readonly classes: readonly ClassReport[];
  /** The shares of all known entries of the label matrix together. */
  readonly micro: ReportShares;
  /** Means over the classes, each counting the same. */
  readonly macro: ClassAverage;
  /** Means over the classes, each counting as often as it is present. */
  readonly weighted: ClassAverage;
  /** Means over the samples of each sample's shares over its known classes. */
  readonly samples: SampleAverage;
  /** Positive entries of the label matrix. */
  readonly support: number;
}

/**
 * Precision, recall, F1 and specificity per class, and their micro, macro, weighted and samples averages. With
 * `zeroDivision` 0 or 1 and all labels known it equals scikit-learn's `classification_report` of an indicator matrix, which
 * has no specificity; with NaN, that of scikit-learn from 1.3 with `zero_division=np.nan`.
 *
 * Unknown labels are skipped class by class. The samples average takes each sample over its known classes; a sample
 * without any is left out. In a class without a threshold everything is NaN and no average counts it.
 *
 * Samples without a finding have no recall. With `zeroDivision: 0` each of them counts as recall 0 in the samples
 * average: where most images are normal, that average says little else.
 *
 * ```ts
 * const report = classificationReport(labels, probabilities, { thresholds: chosen.values });
 * const table = formatClassificationReport(report);
 * ```
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN
 * @param scores of the same shape: probabilities, other scores, or decisions 0 and 1
 * @param options `thresholds`, by default 0.5; `classes`; `weights`, in which case supports are sums of weights;
 *   `zeroDivision`
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the score of a known label is
 *   not finite, `thresholds` or `classes` have another length, a weight is not a finite number from 0, or `zeroDivision` is
 *   not 0, 1 or NaN
 */
export function classificationReport(
  labels: MatrixLike,
  scores: MatrixLike,
  options: ClassificationReportOptions = {},
): ClassificationReport {
  const { zeroDivision = Number.NaN, weights } = options;
  if (zeroDivision !== 0 && zeroDivision !== 1 && !Number.isNaN(zeroDivision)) {
    throw new ArgumentError("options.zeroDivision", `is ${zeroDivision}; expected 0, 1 or NaN`);
  }
  const { rows, columns } = decidedColumns(labels, scores, options);
  const { classes: confusions, pooled } = confusionsOf(columns);
  const classes = columns.map(({ sample, ...column }, c): ClassReport => {
    const decided = !Number.isNaN(column.threshold);
    const shares = sharesOf(confusions[c]!, decided ? zeroDivision : Number.NaN);
    return { ...column, support: decide(sample, Number.NEGATIVE_INFINITY).truePositives, ...shares };
  });
  const names = classes.map(({ name }) => name);
  const micro = sharesOf(pooled, zeroDivision);
  const support = classes.reduce((sum, row) => sum + row.support, 0);
  const undefinedClasses = perShare((share) => names.filter((_, c) => Number.isNaN(classes[c]![share])));
  // Nothing to weigh by: scikit-learn then pools.
  const pools = support === 0 && !Number.isNaN(zeroDivision);
  const lines = linesOf(rows, columns);
  const ofSamples = lines.map(({ confusion }) => sharesOf(confusion, zeroDivision));
  const sampleWeights = lines.map(({ row }) => weights?.[row] ?? 1);
  return {
    classes,
    micro,
    macro: { ...average(classes), undefinedClasses },
    weighted: {
      ...(pools
        ? micro
        : average(
            classes,
            classes.map((row) => row.support),
          )),
      undefinedClasses,
    },
    samples: {
      ...average(ofSamples, sampleWeights),
      samples: lines.length,
      undefinedSamples: perShare((share) => ofSamples.filter((row) => Number.isNaN(row[share])).length),
    },
    support,
  };
}

function perShare<Value>(of: (share: keyof ReportShares) => Value): Record<keyof ReportShares, Value> {
  return { precision: of("precision"), recall: of("recall"), f1: of("f1"), specificity: of("specificity") };
}

function sharesOf(confusion: Confusion, zeroDivision: number): ReportShares {
  const { precision, sensitivity, f1, specificity } = confusion;
  const or = (share: number) => (Number.isNaN(share) ? zeroDivision : share);
  return { precision: or(precision), recall: or(sensitivity), f1: or(f1), specificity: or(specificity) };
}

/** Means of the shares that are defined. */
function average(rows: readonly ReportShares[], weights?: readonly number[]): ReportShares {
  return perShare((share) => {
    let sum = 0;
    let total = 0;
    rows.forEach((row, i) => {
      if (Number.isNaN(row[share])) return;
      const weight = weights?.[i] ?? 1;
      sum += weight * row[share];
      total += weight;
    });
    return sum / total;
  });
}

/** The decisions of each sample that has a known label of a class with a threshold. */
function linesOf(
  rows: number,
  columns: readonly DecidedColumn[],
): { readonly row: number; readonly confusion: Confusion }[] {
  const counts = new Uint32Array(4 * rows);
  for (const { sample, threshold } of columns) {
    if (Number.isNaN(threshold)) continue;
    sample.rows.forEach((row, i) => {
      const called = sample.scores[i]! >= threshold;
      counts[4 * row + (sample.labels[i] === 1 ? 0 : 2) + (called ? 0 : 1)]!++;
    });
  }
  return Array.from({ length: rows }, (_, row) => {
    const [found = 0, missed = 0, alarms = 0, spared = 0] = counts.subarray(4 * row, 4 * row + 4);
    return { row, confusion: confusionOf(found, alarms, spared, missed) };
  }).filter(({ confusion }) => !Number.isNaN(confusion.accuracy));
}
