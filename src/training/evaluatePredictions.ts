import { type EvaluationOptions, evaluateMultilabel } from "../metrics/evaluateMultilabel.js";
import type { MultilabelEvaluation } from "../metrics/evaluation.js";
import type { Predictions } from "./predict.js";

/**
 * Measures predictions against their labels, class by class, with intervals that draw whole patients: `evaluateMultilabel`
 * with the studies' patient ids as groups.
 *
 * @throws ArgumentError for an option out of its range
 */
export function evaluatePredictions(
  predictions: Predictions,
  options: Omit<EvaluationOptions, "classes" | "groups"> = {},
): MultilabelEvaluation {
  const { classes, labels, probabilities, studies } = predictions;
  return evaluateMultilabel(
    labels,
    { classes, values: probabilities },
    { ...options, groups: studies.map(({ patientId }) => patientId) },
  );
}
