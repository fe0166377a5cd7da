import { ArgumentError } from "../errors.js";
import { classesOf, type EvaluatedClass, type EvaluatedPredictions } from "./evaluated.js";

/** One of the models whose curves stand in one plot. */
export interface ComparedModel {
  /** What it is called; undefined where there is one alone, without a name. */
  readonly name: string | undefined;
  /** Its predictions with their evaluation. */
  readonly evaluated: EvaluatedPredictions;
  /** The same, class by class. */
  readonly classes: readonly EvaluatedClass[];
}

/**
 * The models of a plot, one alone or several by name.
 *
 * @throws ArgumentError when there is none, an evaluation is not one of its predictions, or the models don't all have the
 *   same name of the set, classes in the same order, labels (NaN equals NaN), level of the intervals and, where the
 *   patients are known, patients row by row
 */
export function comparedModels(
  input: EvaluatedPredictions | Readonly<Record<string, EvaluatedPredictions>>,
): readonly [ComparedModel, ...ComparedModel[]] {
  if (isOne(input)) return [{ name: undefined, evaluated: input, classes: classesOf(input) }];
  const [first, ...others] = Object.entries(input).map(([name, evaluated]) => ({
    name,
    evaluated,
    classes: classesOf(evaluated, `input.${name}.`),
  }));
  if (first === undefined)
    throw new ArgumentError("input", "has no model; expected at least one, by its name");
  for (const other of others) {
    const difference = differenceOf(first, other);
    if (difference === undefined) continue;
    throw new ArgumentError(
      `input.${other.name}`,
      `${difference} in "${first.name}"; curves of one plot are of the same classes and the same rows`,
    );
  }
  return [first, ...others];
}

const isOne = (
  input: EvaluatedPredictions | Readonly<Record<string, EvaluatedPredictions>>,
): input is EvaluatedPredictions => typeof input.evaluatedOn === "string";

/** What the second has that the first has not; undefined where they are of the same rows and classes. */
function differenceOf(first: ComparedModel, second: ComparedModel): string | undefined {
  const [a, b] = [first.evaluated, second.evaluated];
  const counts = [first, second].map(({ classes }) => classes.length);
  if (counts[0] !== counts[1]) return `has ${counts[1]} classes, but there are ${counts[0]}`;
  for (const [c, { measures }] of second.classes.entries()) {
    const { name } = first.classes[c]!.measures;
    if (measures.name !== name) return `has "${measures.name}" as class ${c}, but it is "${name}"`;
  }
  if (a.evaluatedOn !== b.evaluatedOn)
    return `is evaluated on "${b.evaluatedOn}", but "${a.evaluatedOn}" stands`;
  if (a.evaluation.samples !== b.evaluation.samples) {
    return `has ${b.evaluation.samples} rows, but there are ${a.evaluation.samples}`;
  }
  const levels = [a, b].map(({ evaluation }) => evaluation.intervals.level);
  if (levels[0] !== levels[1]) return `has intervals of level ${levels[1]}, but it is ${levels[0]}`;
  for (const [c, { labels, measures }] of second.classes.entries()) {
    const row = labels.findIndex((label, i) => !Object.is(label + 0, first.classes[c]!.labels[i]! + 0));
    if (row === -1) continue;
    const before = first.classes[c]!.labels[row]!;
    return `has the label ${labels[row]} for "${measures.name}" in row ${row}, but it is ${before}`;
  }
  const row = (a.predictions.studies ?? []).findIndex(
    ({ patientId }, i) => patientId !== (b.predictions.studies?.[i]?.patientId ?? patientId),
  );
  if (row === -1) return undefined;
  const patients = [a, b].map(({ predictions }) => predictions.studies![row]!.patientId);
  return `has patient "${patients[1]}" in row ${row}, but it is "${patients[0]}"`;
}
