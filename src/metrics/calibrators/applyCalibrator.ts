import ndarray from "ndarray";
import { ArgumentError } from "../../errors.js";
import { type ClassMatrix, columnsOf } from "../../matrix.js";
import type { CalibrationMap, Calibrator, CalibratorScores } from "./calibrator.js";
import { logistic, softplus } from "./logisticFit.js";
import { logitOf } from "./logisticMaps.js";

/**
 * Calibrated probabilities of samples, by a calibrator that was fitted on others.
 *
 * ```ts
 * const calibrator = fitCalibrator(validation.labels, { logits: validation.logits }, { method: "platt" });
 * const calibrated = applyCalibrator(calibrator, { logits: test.logits });
 * ```
 *
 * @param scores logits or probabilities, shape [samples, classes]; a probability of 0 or 1 counts as a logit of -Infinity or
 *   Infinity
 * @returns shape [samples, classes], values in [0, 1]; NaN where the score is NaN
 * @throws ArgumentError when there are other classes than the calibrator's, or a probability lies outside [0, 1]
 */
export function applyCalibrator(
  { classes, perClass }: Calibrator,
  scores: CalibratorScores,
): ClassMatrix<Float64Array> {
  const fromLogits = "logits" in scores;
  const argument = fromLogits ? "scores.logits" : "scores.probabilities";
  const matrix = columnsOf(fromLogits ? scores.logits : scores.probabilities, argument);
  const named = matrix.classes;
  if (matrix.columns.length !== classes.length || named?.some((name, c) => name !== classes[c])) {
    throw new ArgumentError(
      argument,
      `has the columns ${named?.join(", ") ?? matrix.columns.length}; expected ${classes.join(", ")}, those of the calibrator`,
    );
  }
  const width = classes.length;
  const values = new Float64Array(matrix.rows * width);
  matrix.columns.forEach((column, c) => {
    const { map } = perClass[c]!;
    for (let row = 0; row < matrix.rows; row++) {
      const score = column[row]!;
      if (!fromLogits && (score < 0 || score > 1)) {
        throw new ArgumentError(
          argument,
          `class "${classes[c]}", index ${row} is ${score}; expected a probability in [0, 1]`,
        );
      }
      const logit = fromLogits ? score : logitOf(score);
      values[row * width + c] = calibrated(map, logit, fromLogits ? logistic(score) : score);
    }
  });
  return { classes, values: ndarray(values, [matrix.rows, width]) };
}

/** One calibrated probability. */
export function calibrated(map: CalibrationMap, logit: number, probability: number): number {
  if (Number.isNaN(logit)) return Number.NaN;
  switch (map.kind) {
    case "identity":
      return probability;
    case "temperature":
      return logistic(logit / map.temperature);
    case "platt":
      return logistic(times(map.slope, logit) + map.intercept);
    case "beta":
      return logistic(times(map.b, softplus(logit)) - times(map.a, softplus(-logit)) + map.c);
    case "isotonic":
      return interpolated(map.probabilities, map.values, probability);
  }
}

/** 0 times Infinity is 0 here: what has no coefficient does not count. */
const times = (coefficient: number, value: number) => (coefficient === 0 ? 0 : coefficient * value);

/** On straight lines between points whose places ascend; beyond the ends as at the ends. */
function interpolated(places: readonly number[], values: readonly number[], at: number): number {
  let low = 0;
  let high = places.length - 1;
  if (at <= places[low]!) return values[low]!;
  if (at >= places[high]!) return values[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle]! <= at) low = middle;
    else high = middle;
  }
  const share = (at - places[low]!) / (places[high]! - places[low]!);
  return values[low]! + share * (values[high]! - values[low]!);
}
