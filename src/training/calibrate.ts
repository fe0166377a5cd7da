import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import type { ClassMatrix } from "../matrix.js";
import { applyCalibrator } from "../metrics/calibrators/applyCalibrator.js";
import { type FitCalibratorOptions, fitCalibrator } from "../metrics/calibrators/fitCalibrator.js";
import { contractOf, type ModelCalibration, setContract } from "../models/contract.js";
import { assertClasses, headOfPredictions } from "./contractCheck.js";
import type { Predictions } from "./predict.js";
import { fingerprintOf, samplesUsed } from "./samplesUsed.js";

/** How {@link calibrateModel} calibrates. */
export interface CalibrateOptions extends Omit<FitCalibratorOptions, "classes"> {
  /** Name of the split that the predictions are of, such as "validation"; it is kept beside the calibration. */
  readonly split: string;
}

/**
 * Fits a calibration of one head's logits and writes it into the model's contract, in place of an older one; it is saved with
 * the weights, and training the model again takes it out. Fit on validation data: on the data it was fitted on, a calibration
 * looks better than it is.
 *
 * The contract's thresholds and {@link decisions} stay on the probabilities; a calibration does not change them.
 *
 * ```ts
 * calibrateModel(model, await predict(model, validation), { method: "platt", split: "validation" });
 * const calibrated = calibratedProbabilities(model, await predict(model, test));
 * ```
 *
 * @returns the calibration, with the reason for each class that stays as it is (`perClass[c].map.kind` is "identity")
 * @throws ModelError when the predictions have other classes than the model
 * @throws ArgumentError as `fitCalibrator`, for an option out of its range or a logit that is not finite
 */
export function calibrateModel(
  model: LayersModel,
  predictions: Predictions,
  options: CalibrateOptions,
): ModelCalibration {
  const { split, ...how } = options;
  const contract = contractOf(model);
  const head = headOfPredictions(contract, predictions);
  const { labels, logits, studies } = predictions;
  const calibration: ModelCalibration = {
    ...fitCalibrator(labels, { logits }, { ...how, classes: head.classes }),
    fittedOn: split,
    fingerprint: fingerprintOf(studies),
  };
  const heads = contract.heads.map((other) => (other.name === head.name ? { ...head, calibration } : other));
  setContract(model, { ...contract, heads });
  return calibration;
}

/**
 * Probabilities by the calibration in the model's contract, from the predictions' logits.
 *
 * @returns shape [samples, classes], values in [0, 1]; a class whose calibration is the identity keeps its probabilities
 * @throws ModelError when no calibration was fitted, or the predictions have other classes than the model
 */
export function calibratedProbabilities(
  model: LayersModel,
  predictions: Predictions,
): ClassMatrix<Float64Array> {
  const { name, classes, calibration } = headOfPredictions(contractOf(model), predictions);
  if (calibration === undefined) {
    throw new ModelError(
      "calibration",
      `the head "${name}" has no calibration; fit one on validation predictions with calibrateModel`,
    );
  }
  assertClasses(classes, calibration.classes, "the calibration in its contract");
  return applyCalibrator(calibration, { logits: predictions.logits });
}

/** A reason why probabilities look better calibrated than they are. */
export interface CalibrationWarning {
  /**
   * "same-samples": the calibration was fitted on the very images that are evaluated. "same-split": it was fitted on a split of
   * that name.
   */
  readonly kind: "same-samples" | "same-split";
  /** The same in a sentence, with the way out. */
  readonly message: string;
}

/**
 * Says whether a calibration was fitted on what is evaluated now: calibration errors, Brier score and log loss of the
 * calibrated probabilities are then too good.
 *
 * The images are compared as sets: an overlap in part goes unseen where the names of the splits differ.
 *
 * @param calibration from {@link calibrateModel}, or of a model's contract
 * @param predictions what is evaluated
 * @param split name of the split that the predictions are of, if it has one
 * @returns none where the two are apart, as far as can be seen, or there is no image
 */
export function calibrationWarnings(
  calibration: ModelCalibration,
  predictions: Pick<Predictions, "studies">,
  split?: string,
): CalibrationWarning[] {
  const { fittedOn, fingerprint } = calibration;
  const kind = samplesUsed({ split: fittedOn, fingerprint }, predictions, split);
  if (kind === undefined) return [];
  const where =
    kind === "same-samples"
      ? `these very images ("${fittedOn}")`
      : `the split "${fittedOn}", which is evaluated here`;
  const advice = "its calibration looks better than it is; evaluate it on other patients' images";
  return [{ kind, message: `The calibration was fitted on ${where}: ${advice}.` }];
}
