import { ArgumentError } from "../errors.js";
import type { Study } from "../labels/dataset.js";
import { columnsOf, type MatrixLike } from "../matrix.js";
import type { ClassEvaluation, MultilabelEvaluation } from "../metrics/evaluation.js";

/** Predictions with what was measured on them. */
export interface EvaluatedPredictions {
  /** What is known and what was predicted; the result of `predict` fits. */
  readonly predictions: {
    /** Shape [samples, classes], values 1, 0 or NaN. */
    readonly labels: MatrixLike;
    /** Shape [samples, classes], values in [0, 1]. */
    readonly probabilities: MatrixLike;
    /** Whose each sample is, for what is drawn again by patient. */
    readonly studies?: readonly Pick<Study, "patientId">[];
  };
  /** The measures of these predictions, from `evaluateMultilabel`. */
  readonly evaluation: MultilabelEvaluation;
  /** Name of the set that was predicted, such as "test"; stands next to every figure. */
  readonly evaluatedOn: string;
}

/** One class of evaluated predictions. */
export interface EvaluatedClass {
  /** Its measures. */
  readonly measures: ClassEvaluation;
  /** One label a sample. */
  readonly labels: Float64Array;
  /** One probability a sample. */
  readonly probabilities: Float64Array;
}

/**
 * The classes one by one.
 *
 * @param path what stands before "predictions" in errors
 * @throws ArgumentError when the evaluation is not one of these predictions
 */
export function classesOf({ predictions, evaluation }: EvaluatedPredictions, path = ""): EvaluatedClass[] {
  const labels = columnsOf(predictions.labels, `${path}predictions.labels`);
  const probabilities = columnsOf(predictions.probabilities, `${path}predictions.probabilities`);
  const shapes = [labels, probabilities].map(({ rows, columns }) => `[${rows}, ${columns.length}]`);
  const expected = `[${evaluation.samples}, ${evaluation.classes.length}]`;
  if (shapes.some((shape) => shape !== expected)) {
    throw new ArgumentError(
      `${path}predictions`,
      `labels have shape ${shapes[0]} and probabilities ${shapes[1]}; the evaluation is one of ${expected}`,
    );
  }
  return evaluation.classes.map((measures, c) => ({
    measures,
    labels: labels.columns[c]!,
    probabilities: probabilities.columns[c]!,
  }));
}
