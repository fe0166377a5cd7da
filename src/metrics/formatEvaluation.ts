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
  return [...align([header, ...classes.map(line), mean]), "", ...notes(evaluation)].join("\n");
}

function notes({ samples, patients, macro, intervals, binning }: MultilabelEvaluation): string[] {
  const { level, resamples, auc } = intervals;
  const unit = patients === undefined ? "samples" : "patients";
  const bootstrap =
    resamples === 0 ? "no bootstrap" : `percentiles of ${resamples} bootstrap resamples of ${unit}`;
  const lost = macro.auc.undefinedResamples;
  return [
    patients === undefined ? `${samples} samples.` : `${samples} samples of ${patients} patients.`,
    `${Number((100 * level).toPrecision(6))}% intervals: ${auc === "delong" ? "DeLong for the AUC of a class; else " : ""}${bootstrap}.`,
    `Calibration error in ${binning.bins} ${binning.binning} bins.`,
    ...(macro.undefinedClasses.length === 0
      ? []
      : [`Not in the mean AUC and precision, for want of a label: ${macro.undefinedClasses.join(", ")}.`]),
    ...(lost === 0 || Number.isNaN(macro.auc.value)
      ? []
      : [`The mean AUC's interval leaves out ${lost} resamples, in which a class had only one label.`]),
  ];
}

/** Counts and prevalence to the right, names and metrics to the left. */
function align(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]!.map((_, c) => Math.max(...table.map((row) => row[c]!.length)));
  const pad = (cell: string, c: number) =>
    c >= 1 && c <= 4 ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!);
  return table.map((row) => row.map(pad).join("  ").trimEnd());
}

function withEnds({ value, lower, upper }: Interval): string {
  if (Number.isNaN(value)) return "n/a";
  const ends = Number.isNaN(lower) ? "" : ` [${fixed(lower)}, ${fixed(upper)}]`;
  return `${fixed(value)}${ends}`;
}

function fixed(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "n/a" : value.toFixed(3);
}
