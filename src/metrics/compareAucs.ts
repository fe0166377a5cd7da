import { ArgumentError } from "../errors.js";
import { columnsOf, type MatrixLike } from "../matrix.js";
import { adjustPValues, type PValueAdjustment } from "./adjustPValues.js";
import { type DelongTest, type DelongTestOptions, delongTest } from "./delong.js";
import { knownColumns } from "./sample.js";

/** How {@link compareAucs} compares. */
export interface CompareAucsOptions extends DelongTestOptions {
  /** Names of the columns; by default those of the matrices, or "class 0", "class 1", ... */
  readonly classes?: readonly string[];
  /** How the p values of the classes are adjusted for their number; "holm" by default. */
  readonly adjust?: PValueAdjustment;
}

/** Two classifiers' areas under the ROC curve of one class. */
export interface ClassAucComparison extends DelongTest {
  /** Name of the class. */
  readonly name: string;
  /** Samples in which it is present. */
  readonly positives: number;
  /** Samples in which it is absent. */
  readonly negatives: number;
  /** Samples in which it is unknown; they are skipped for this class. */
  readonly unknown: number;
  /** The p value adjusted for the number of classes that have one; NaN where the p value is. */
  readonly adjustedPValue: number;
}

/** Two classifiers' areas under the ROC curve, class by class. */
export interface AucComparison {
  /** One entry a class, in the order of the columns. The intervals are not adjusted. */
  readonly classes: readonly ClassAucComparison[];
  /** How the p values were adjusted. */
  readonly adjust: PValueAdjustment;
}

/**
 * {@link delongTest} of two classifiers on the same samples for each class, with p values adjusted for the number of classes.
 * With several images of a patient give `groups`: the standard errors are then Obuchowski's.
 *
 * ```ts
 * const { classes } = compareAucs(test.labels, first.probabilities, second.probabilities, { groups: patientIds });
 * const better = classes.filter(({ adjustedPValue, difference }) => adjustedPValue <= 0.05 && difference > 0);
 * ```
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN; unknown labels are skipped class by class
 * @param scoresA of the first classifier, of the same shape, in any unit
 * @param scoresB of the second classifier
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the score of a known label is
 *   not finite, or an option has another length or is out of its range
 */
export function compareAucs(
  labels: MatrixLike,
  scoresA: MatrixLike,
  scoresB: MatrixLike,
  options: CompareAucsOptions = {},
): AucComparison {
  const { adjust = "holm", classes: names, ...testing } = options;
  const { rows, classes, samples } = knownColumns(labels, scoresA, names, { argument: "scoresA" });
  knownColumns(labels, scoresB, names, { argument: "scoresB" });
  const truth = columnsOf(labels, "labels").columns;
  const a = columnsOf(scoresA, "scoresA");
  const b = columnsOf(scoresB, "scoresB");
  a.classes?.forEach((name, c) => {
    const other = b.classes?.[c] ?? name;
    if (other === name) return;
    throw new ArgumentError(
      "scoresB",
      `column ${c} is "${other}" where scoresA has "${name}"; put both in one order`,
    );
  });
  const tests = truth.map((column, c) => delongTest(column, a.columns[c]!, b.columns[c]!, testing));
  const adjusted = adjustPValues(
    tests.map(({ pValue }) => pValue),
    adjust,
  );
  return {
    classes: tests.map((test, c) => {
      const positives = samples[c]!.labels.reduce((sum, label) => sum + label, 0);
      const known = samples[c]!.labels.length;
      return {
        name: classes[c]!,
        positives,
        negatives: known - positives,
        unknown: rows - known,
        ...test,
        adjustedPValue: adjusted[c]!,
      };
    }),
    adjust,
  };
}
