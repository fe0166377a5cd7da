import type { Interval, MultilabelEvaluation } from "../metrics/evaluation.js";
import type { ForestRow } from "./forestMarks.js";

/**
 * The rows of a forest plot that sets evaluations beside each other: a row a class and evaluation, and at last their mean
 * over the classes. Classes stand in the order of their first evaluation.
 *
 * ```ts
 * forestPlot(evaluationRows({ "DenseNet-121": first, "ResNet-50": second }), { measure: "AUC", evaluatedOn: "test" });
 * ```
 *
 * @param evaluations by name, such as one of each model on the same set
 * @param measure which of the two measures that have intervals; default "auc"
 */
export function evaluationRows(
  evaluations: Readonly<Record<string, MultilabelEvaluation>>,
  measure: "auc" | "calibrationError" = "auc",
): ForestRow[] {
  const named = Object.entries(evaluations);
  const classes = [...new Set(named.flatMap(([, { classes: all }]) => all.map(({ name }) => name)))];
  const row = (label: string, group: string, { value, lower, upper }: Interval): ForestRow => ({
    label,
    ...(named.length > 1 && { group }),
    value,
    lower,
    upper,
  });
  return [
    ...classes.flatMap((label) =>
      named.flatMap(([group, { classes: all }]) =>
        all.filter(({ name }) => name === label).map((found) => row(label, group, found[measure])),
      ),
    ),
    ...named.map(([group, { macro }]) => row("mean", group, macro[measure])),
  ];
}
