import { alignColumns } from "./alignColumns.js";
import type { CalibrationReport, ClassCalibrationReport } from "./calibrationReport.js";

/**
 * A calibration report as a plain text table for the console: one line a class, one for the means, then how to read it.
 * Undefined values stand as "n/a".
 */
export function formatCalibrationReport({
  samples,
  bins,
  binning,
  classes,
  mean,
}: CalibrationReport): string {
  const line = (row: ClassCalibrationReport) => [
    row.name,
    String(row.known),
    String(row.unknown),
    String(row.positives),
    ...[row.prevalence, row.meanProbability, row.equalWidth.l1, row.equalWidth.debiasedL1].map(fixed),
    ...[row.equalWidth.max, row.equalMass.l1, row.brier.brier, row.brier.skill, row.logLoss].map(fixed),
    ...[row.slope, row.intercept].map(fixed),
  ];
  const means = [
    "mean",
    ...["", "", "", "", ""],
    ...[mean.equalWidth.l1, mean.equalWidth.debiasedL1, mean.equalWidth.max, mean.equalMass.l1].map(fixed),
    ...[fixed(mean.brier), "", fixed(mean.logLoss), "", ""],
  ];
  const header = ["class", "known", "unknown", "positive", "prevalence", "mean prob.", "error", "debiased"];
  const rest = ["max", "equal mass", "Brier", "skill", "log loss", "slope", "intercept"];
  const saturated = classes.filter((row) => row.saturated > 0);
  return [
    ...alignColumns([[...header, ...rest], ...classes.map(line), means], isNumber),
    "",
    `${samples} samples; each class on its known labels.`,
    `error, debiased, max: calibration error in ${bins} bins of equal width${
      binning === "equal-width-one-apart" ? ", 1.0 in a bin of its own" : ""
    }; equal mass: in up to ${bins} bins of equal mass.`,
    `Mean error with classes weighted by positives: ${fixed(mean.prevalenceWeighted)}.`,
    "A slope below 1: probabilities too far from the prevalence; skill: 1 - Brier / (Brier of the prevalence).",
    ...(saturated.length > 0
      ? [
          `Probabilities of exactly 0 or 1: ${saturated.map((row) => `${row.name} ${row.saturated}`).join(", ")}.`,
        ]
      : []),
  ].join("\n");
}

/** All but the names of the classes. */
export const isNumber = (column: number) => column > 0;

/** Three decimals, or "n/a". */
export const fixed = (value: number): string => (Number.isNaN(value) ? "n/a" : value.toFixed(3));
