import { alignColumns } from "./alignColumns.js";
import type { ClassEvaluation, Interval, MultilabelEvaluation } from "./evaluation.js";

/**
 * An evaluation as a plain text table for the console: one line a class, one for the means, then how to read it.
 * Undefined values stand as "n/a". The columns of the threshold are there if thresholds were given.
 */
export function formatEvaluation(evaluation: MultilabelEvaluation): string {
  const { classes, macro } = evaluation;
  const decided = classes.some((row) => row.threshold !== undefined);
  const header = [
    "class",
    "positive",
    "negative",
    "unknown",
    "prevalence",
    "AUC",
    "avg. precision",
    "Brier",
    "calibration error",
    ...(decided ? ["threshold", "sensitivity", "specificity"] : []),
  ];
  const line = (row: ClassEvaluation) => [
    row.name,
    String(row.positives),
    String(row.negatives),
    String(row.unknown),
    fixed(row.prevalence),
    withEnds(row.auc),
    fixed(row.averagePrecision),
    fixed(row.brier),
    withEnds(row.calibrationError),
    ...(decided ? [row.threshold, row.sensitivity, row.specificity].map(fixed) : []),
  ];
  const mean = [
    "mean",
    ...["", "", "", ""],
    withEnds(macro.auc),
    withEnds(macro.averagePrecision),
    withEnds(macro.brier),
    withEnds(macro.calibrationError),
    ...(decided ? ["", "", ""] : []),
  ];
  return [...alignColumns([header, ...classes.map(line), mean], isNumber), "", ...notes(evaluation)].join(
    "\n",
  );
}

function notes(evaluation: MultilabelEvaluation): string[] {
  const { samples, patients, classes, macro, intervals, binning, split, thresholdsChosenOn, warnings } =
    evaluation;
  const delong = intervals.auc === "delong";
  const drawn = `${intervals.resamples} bootstrap resamples of ${patients === undefined ? "samples" : "patients"}`;
  const methods = [
    ...(delong
      ? [`DeLong${intervals.aucScale === "logit" ? " on the logit scale" : ""} for the AUC of a class`]
      : []),
    ...(intervals.resamples > 0 ? [delong ? `${drawn} for the rest` : drawn] : []),
  ];
  const corrected = classes.some(({ calibrationError }) => !Number.isNaN(calibrationError.lower));
  const left = macro.undefinedClasses;
  const lost = macro.auc.undefinedResamples;
  return [
    `${samples} samples${patients === undefined ? "" : ` of ${patients} patients`}${split === undefined ? "" : `, split "${split}"`}.`,
    ...(thresholdsChosenOn === undefined ? [] : [`Thresholds were chosen on "${thresholdsChosenOn}".`]),
    ...(methods.length > 0
      ? [`Intervals of ${Number((100 * intervals.level).toPrecision(6))}%: ${methods.join(", ")}.`]
      : []),
    `Calibration error in ${binning.bins} ${binning.binning} bins${corrected ? "; its intervals are corrected for its upward bias" : ""}.`,
    ...(left.length > 0
      ? [`Not in the mean AUC and average precision, for want of a label: ${left.join(", ")}.`]
      : []),
    ...(lost > 0 && lost < intervals.resamples
      ? [`The interval of the mean AUC leaves out ${lost} resamples, in which some class had only one label.`]
      : []),
    ...warnings.map(({ message }) => `Warning: ${message}`),
  ];
}

/** Counts and prevalence. */
const isNumber = (column: number) => column >= 1 && column <= 4;

function withEnds({ value, lower, upper }: Interval): string {
  if (Number.isNaN(value)) return "n/a";
  const ends = Number.isNaN(lower) ? "" : ` [${fixed(lower)}, ${fixed(upper)}]`;
  return `${fixed(value)}${ends}`;
}

function fixed(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "n/a" : value.toFixed(3);
}
