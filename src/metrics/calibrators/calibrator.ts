import type { MatrixLike } from "../../matrix.js";

/** How probabilities are calibrated; {@link fitCalibrator} says what each method does. */
export type CalibrationMethod = "temperature" | "platt" | "isotonic" | "beta";

/** p as it is, for want of something to fit. */
export interface IdentityMap {
  /** Which map it is. */
  readonly kind: "identity";
  /** Why. */
  readonly because: IdentityReason;
}

/** sigmoid(x / temperature). */
export interface TemperatureMap {
  /** Which map it is. */
  readonly kind: "temperature";
  /** Above 0; above 1 where the model was too sure. */
  readonly temperature: number;
}

/** sigmoid(slope x + intercept). */
export interface PlattMap {
  /** Which map it is. */
  readonly kind: "platt";
  /** Factor of the logit. */
  readonly slope: number;
  /** Added to it. */
  readonly intercept: number;
}

/** sigmoid(a ln p - b ln(1 - p) + c). */
export interface BetaMap {
  /** Which map it is. */
  readonly kind: "beta";
  /** Factor of ln p, at least 0. */
  readonly a: number;
  /** Factor of -ln(1 - p), at least 0. */
  readonly b: number;
  /** Added to them. */
  readonly c: number;
}

/** `values` at `probabilities`, and on straight lines between; beyond the ends as at the ends. */
export interface IsotonicMap {
  /** Which map it is. */
  readonly kind: "isotonic";
  /** Ascending, in [0, 1]. */
  readonly probabilities: readonly number[];
  /** One each, not descending, in [0, 1]. */
  readonly values: readonly number[];
}

/** What turns the scores of one class into calibrated probabilities; x is the logit, p = sigmoid(x). */
export type CalibrationMap = IdentityMap | TemperatureMap | PlattMap | BetaMap | IsotonicMap;

/**
 * Why a class is left as it is. "no-known-label"; "one-label": all known labels are alike; "separable": some cut of the score
 * parts present from absent, and the likelihood has no finite maximum; "constant-score"; "reversed": the score is higher
 * where the finding is absent, which no temperature mends; "no-maximum": the search found none.
 */
export type IdentityReason =
  | "no-known-label"
  | "one-label"
  | "separable"
  | "constant-score"
  | "reversed"
  | "no-maximum";

/** What was fitted for one class. */
export interface ClassCalibrator {
  /** Samples whose label was known, and that were not of weight 0. */
  readonly known: number;
  /** Those in which the finding is present. */
  readonly positives: number;
  /** From score to calibrated probability. */
  readonly map: CalibrationMap;
}

/** A fitted calibration: plain finite numbers and texts, so that JSON keeps it as it is. */
export interface Calibrator {
  /** How it was fitted. */
  readonly method: CalibrationMethod;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** One a class, in the same order. */
  readonly perClass: readonly ClassCalibrator[];
}

/**
 * The scores of a model, by name so that logits and probabilities can't be taken for one another; the predictions of
 * `predict` are one. Where there are both, the logits count: a probability in float32 that is rounded to 1 has lost its logit.
 */
export type CalibratorScores = LogitScores | ProbabilityScores;

/** Scores as logits. */
export interface LogitScores {
  /** Shape [samples, classes]. */
  readonly logits: MatrixLike;
}

/** Scores as probabilities. */
export interface ProbabilityScores {
  /** Shape [samples, classes], values in [0, 1]. */
  readonly probabilities: MatrixLike;
}
