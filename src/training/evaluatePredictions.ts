import { type EvaluationOptions, evaluateMultilabel } from "../metrics/evaluateMultilabel.js";
import type { MultilabelEvaluation } from "../metrics/evaluation.js";
import type { ModelThresholds } from "../models/contract.js";
import type { Predictions } from "./predict.js";
import { thresholdWarnings } from "./thresholdWarnings.js";

/** What {@link evaluatePredictions} is told besides predictions. */
export interface EvaluatePredictionsOptions
  extends Omit<EvaluationOptions, "classes" | "groups" | "thresholds" | "thresholdsChosenOn"> {
  /**
   * Decision thresholds, best as `chooseThresholds` returns them or a model's contract holds them: they know where they were
   * chosen, and the result then warns when that is what it is of. Bare numbers, one a class and NaN for none, don't.
   */
  readonly thresholds?: ModelThresholds | ArrayLike<number>;
  /** Name of the split that the predictions are of, such as "test"; held against the one the thresholds were chosen on. */
  readonly split?: string;
}

/**
 * Measures predictions against their labels, class by class, with intervals that draw whole patients: `evaluateMultilabel`
 * with the studies' patient ids as groups.
 *
 * ```ts
 * const thresholds = chooseThresholds(model, await predict(model, validation), { split: "validation" });
 * const evaluation = evaluatePredictions(await predict(model, test), { thresholds, split: "test" });
 * evaluation.warnings; // none: thresholds were chosen elsewhere
 * ```
 *
 * @throws ArgumentError for an option out of its range
 */
export function evaluatePredictions(
  predictions: Predictions,
  options: EvaluatePredictionsOptions = {},
): MultilabelEvaluation {
  const { classes, labels, probabilities, studies } = predictions;
  const { thresholds, split, ...rest } = options;
  const chosen = thresholds !== undefined && "chosenOn" in thresholds ? thresholds : undefined;
  const values = chosen?.values ?? (thresholds as ArrayLike<number> | undefined);
  const evaluation = evaluateMultilabel(
    labels,
    { classes, values: probabilities },
    {
      ...rest,
      ...(values && { thresholds: values }),
      ...(chosen && { thresholdsChosenOn: chosen.chosenOn }),
      ...(split !== undefined && { split }),
      groups: studies.map(({ patientId }) => patientId),
    },
  );
  return chosen ? { ...evaluation, warnings: thresholdWarnings(chosen, predictions, split) } : evaluation;
}
