import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { type Confusion, confusionOf, decide } from "./confusionAt.js";
import { knownColumns, type Sample, type WeightOptions } from "./sample.js";

/** How scores of several classes become decisions. */
export interface DecisionOptions extends WeightOptions {
  /**
   * A score counts as positive when score >= threshold: one number for all classes, or one a class; NaN for a class without
   * a threshold, which is then left undecided. Default 0.5, which also takes decisions that are 0 or 1 as they are.
   */
  readonly thresholds?: number | ArrayLike<number>;
  /** Names of the columns; by default those of the matrices, or "class 0", "class 1", ... */
  readonly classes?: readonly string[];
}

/** The right and wrong decisions of one class. */
export interface ClassConfusion extends Confusion {
  /** Name of the class. */
  readonly name: string;
  /** The decision threshold; all counts are NaN where it is. */
  readonly threshold: number;
  /** Samples in which the class is unknown; they are in none of the counts, and each counts 1, whatever its weight from above 0. */
  readonly unknown: number;
}

/** The right and wrong decisions of several classes. */
export interface MultilabelConfusion {
  /** One entry a class, in the order of the columns. */
  readonly classes: readonly ClassConfusion[];
  /** Of all known entries of the label matrix together, those of classes with a threshold. */
  readonly pooled: Confusion;
}

/**
 * Right and wrong decisions class by class, as scikit-learn's `multilabel_confusion_matrix`, whose entry [[a, b], [c, d]]
 * is [[trueNegatives, falsePositives], [falseNegatives, truePositives]].
 *
 * ```ts
 * const { classes } = multilabelConfusion(labels, probabilities, { thresholds: chosen.values });
 * ```
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN; unknown labels are skipped class by class and counted
 * @param scores of the same shape: probabilities, other scores, or decisions 0 and 1
 * @returns counts of 0 and shares of NaN for a class without a known label
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the score of a known label is
 *   not finite, `thresholds` or `classes` have another length, or a weight is not a finite number from 0
 */
export function multilabelConfusion(
  labels: MatrixLike,
  scores: MatrixLike,
  options: DecisionOptions = {},
): MultilabelConfusion {
  return confusionsOf(decidedColumns(labels, scores, options).columns);
}

/** One class of a table, with its decision threshold. */
export interface DecidedColumn {
  /** Name of the class. */
  readonly name: string;
  /** The decision threshold, or NaN. */
  readonly threshold: number;
  /** Its samples with a known label. */
  readonly sample: Sample;
  /** How many samples are unknown. */
  readonly unknown: number;
}

/** {@link knownColumns} with their thresholds. */
export function decidedColumns(
  labels: MatrixLike,
  scores: MatrixLike,
  { thresholds = 0.5, classes: names, weights }: DecisionOptions,
): { readonly rows: number; readonly columns: readonly DecidedColumn[] } {
  const how = { argument: "scores", ...(weights && { weights }) } as const;
  const { rows, counted, classes, samples } = knownColumns(labels, scores, names, how);
  if (typeof thresholds !== "number" && thresholds.length !== classes.length) {
    throw new ArgumentError(
      "options.thresholds",
      `has ${thresholds.length} values for ${classes.length} classes`,
    );
  }
  const columns = samples.map((sample, c) => ({
    name: classes[c]!,
    threshold: typeof thresholds === "number" ? thresholds : thresholds[c]!,
    sample,
    unknown: counted - sample.rows.length,
  }));
  return { rows, columns };
}

/** {@link multilabelConfusion} of columns. */
export function confusionsOf(columns: readonly DecidedColumn[]): MultilabelConfusion {
  const classes = columns.map(
    ({ sample, ...column }): ClassConfusion => ({ ...column, ...decide(sample, column.threshold) }),
  );
  const decided = classes.filter(({ threshold }) => !Number.isNaN(threshold));
  const total = (of: (confusion: Confusion) => number) => decided.reduce((sum, row) => sum + of(row), 0);
  const pooled = confusionOf(
    total((row) => row.truePositives),
    total((row) => row.falsePositives),
    total((row) => row.trueNegatives),
    total((row) => row.falseNegatives),
  );
  return { classes, pooled };
}
