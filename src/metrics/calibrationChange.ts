import { ArgumentError } from "../errors.js";
import { alignColumns } from "./alignColumns.js";
import type { CalibrationReport } from "./calibrationReport.js";
import { fixed, isNumber } from "./formatCalibrationReport.js";

/** One measure before and after a calibration. */
export interface BeforeAfter {
  /** Of the first report. */
  readonly before: number;
  /** Of the second. */
  readonly after: number;
  /** after - before; NaN where one is. */
  readonly change: number;
}

/** The measures of a class, or their means over classes. */
export interface ClassCalibrationChange {
  /** Name of the class, or "mean". */
  readonly name: string;
  /** Samples whose label is known; undefined for the mean. */
  readonly known: number | undefined;
  /** Known samples in which it is present; undefined for the mean. */
  readonly positives: number | undefined;
  /** Mean probability less prevalence. */
  readonly bias: BeforeAfter;
  /** Calibration error, "l1", in bins of equal width. */
  readonly equalWidth: BeforeAfter;
  /** Calibration error, "l1", in bins of equal mass. */
  readonly equalMass: BeforeAfter;
  /** Brier score. */
  readonly brier: BeforeAfter;
  /** Log loss. */
  readonly logLoss: BeforeAfter;
}

/** What a calibration changed. */
export interface CalibrationChange {
  /** One a class. */
  readonly classes: readonly ClassCalibrationChange[];
  /** The means over classes. */
  readonly mean: ClassCalibrationChange;
}

/**
 * What a calibration changed: two reports on the same samples, set side by side. The samples must not be those on which the
 * calibration was fitted.
 *
 * ```ts
 * const change = calibrationChange(
 *   calibrationReport(test.labels, test.probabilities),
 *   calibrationReport(test.labels, applyCalibrator(calibrator, test)),
 * );
 * const table = formatCalibrationChange(change);
 * ```
 *
 * @throws ArgumentError when the reports differ in binning, classes, known labels or positives, so that they are not of the
 *   same samples
 */
export function calibrationChange(before: CalibrationReport, after: CalibrationReport): CalibrationChange {
  if (before.bins !== after.bins || before.binning !== after.binning) {
    const of = ({ bins, binning }: CalibrationReport) => `${bins} ${binning} bins`;
    throw new ArgumentError("after", `has ${of(after)} where the report before has ${of(before)}`);
  }
  if (before.classes.length !== after.classes.length) {
    throw new ArgumentError(
      "after",
      `has ${after.classes.length} classes where the report before has ${before.classes.length}`,
    );
  }
  const classes = before.classes.map((first, c): ClassCalibrationChange => {
    const second = after.classes[c]!;
    for (const field of ["name", "known", "positives"] as const) {
      if (first[field] === second[field]) continue;
      throw new ArgumentError(
        "after",
        `class ${c} has the ${field} ${second[field]} where the report before has ${first[field]}; expected the same samples`,
      );
    }
    return {
      name: first.name,
      known: first.known,
      positives: first.positives,
      bias: pair(first.meanProbability - first.prevalence, second.meanProbability - second.prevalence),
      ...common(first, second),
      brier: pair(first.brier.brier, second.brier.brier),
    };
  });
  return {
    classes,
    mean: {
      name: "mean",
      known: undefined,
      positives: undefined,
      bias: pair(before.mean.bias, after.mean.bias),
      ...common(before.mean, after.mean),
      brier: pair(before.mean.brier, after.mean.brier),
    },
  };
}

/** A before and after table as plain text: one line a class, one for the means. */
export function formatCalibrationChange({ classes, mean }: CalibrationChange): string {
  const cell = ({ before, after }: BeforeAfter) => `${fixed(before)} -> ${fixed(after)}`;
  const line = (row: ClassCalibrationChange) => [
    row.name,
    String(row.known ?? ""),
    String(row.positives ?? ""),
    ...[row.bias, row.equalWidth, row.equalMass, row.brier, row.logLoss].map(cell),
  ];
  const header = ["class", "known", "positive", "mean prob. - prevalence", "error", "error, equal mass"];
  return alignColumns([[...header, "Brier", "log loss"], ...classes.map(line), line(mean)], isNumber).join(
    "\n",
  );
}

const pair = (before: number, after: number): BeforeAfter => ({ before, after, change: after - before });

type Measured = {
  readonly equalWidth: { readonly l1: number };
  readonly equalMass: { readonly l1: number };
  readonly logLoss: number;
};

const common = (first: Measured, second: Measured) => ({
  equalWidth: pair(first.equalWidth.l1, second.equalWidth.l1),
  equalMass: pair(first.equalMass.l1, second.equalMass.l1),
  logLoss: pair(first.logLoss, second.logLoss),
});
