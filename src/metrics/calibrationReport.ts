import { ArgumentError } from "../errors.js";
import { columnsOf, type MatrixLike } from "../matrix.js";
import { type BrierDecomposition, decomposedBrier } from "./brierDecomposition.js";
import { errorOfBins } from "./calibrationError.js";
import { logistic } from "./calibrators/logisticFit.js";
import { logitOf, type Recalibration, recalibrate } from "./calibrators/logisticMaps.js";
import { meanLogLoss } from "./logLoss.js";
import { type BinningOptions, type ReliabilityBin, reliabilityBins } from "./reliabilityBins.js";
import { knownColumns, rankedColumns, type Sample } from "./sample.js";

/** What {@link calibrationReport} is told besides labels and probabilities. */
export interface CalibrationReportOptions {
  /** How many bins are asked for, a whole number from 1. Default 10. */
  readonly bins?: number;
  /** Where a probability of exactly 1 goes among bins of equal width; see {@link BinningOptions}. */
  readonly binning?: Exclude<NonNullable<BinningOptions["binning"]>, "equal-mass">;
  /** Names of the columns; by default those of the matrices, or "class 0", "class 1", ... */
  readonly classes?: readonly string[];
  /**
   * Logits of the probabilities, of the same shape, for slope and intercept. Without them the probabilities' own are
   * taken, which those of exactly 0 or 1 have not.
   */
  readonly logits?: MatrixLike;
}

/** Calibration errors of one class, by norm. */
export interface CalibrationErrors {
  /** Mean of the gaps, weighted by count. */
  readonly l1: number;
  /** Root of the weighted mean of their squares. */
  readonly l2: number;
  /** Largest gap. */
  readonly max: number;
  /** "l1" without its bias in small samples, from 0. */
  readonly debiasedL1: number;
  /** "l2" without its bias in small samples, from 0. */
  readonly debiasedL2: number;
}

/** Everything that the field asks of one class's probabilities. */
export interface ClassCalibrationReport extends Recalibration {
  /** Name of the class. */
  readonly name: string;
  /** Samples whose label is known; all numbers rest on them. */
  readonly known: number;
  /** Samples whose label is unknown. */
  readonly unknown: number;
  /** Known samples in which it is present. */
  readonly positives: number;
  /** Share of positives among the known. */
  readonly prevalence: number;
  /** Mean probability of the known samples; the prevalence where they are calibrated on the whole. */
  readonly meanProbability: number;
  /** Known samples with a probability of exactly 0 or 1. */
  readonly saturated: number;
  /** Calibration errors in bins of equal width. */
  readonly equalWidth: CalibrationErrors;
  /** Calibration errors in bins of equal mass. */
  readonly equalMass: CalibrationErrors;
  /** How many bins of equal mass there are after equal edges were merged. */
  readonly equalMassBins: number;
  /** Brier score and its parts, in the bins of equal width. */
  readonly brier: BrierDecomposition;
  /** Log loss in nats, probabilities cut at 2^-52 as scikit-learn does. */
  readonly logLoss: number;
}

/** Means over the classes that have the value, each counting the same; NaN if none has. */
export interface MeanCalibration {
  /** Mean probability less prevalence. */
  readonly bias: number;
  /** As of the classes; its "l1" is the class-wise calibration error. */
  readonly equalWidth: CalibrationErrors;
  /** As of the classes. */
  readonly equalMass: CalibrationErrors;
  /** Mean Brier score. */
  readonly brier: number;
  /** Mean log loss. */
  readonly logLoss: number;
  /** "l1" in equal-width bins, each class weighing as much as it has positives. */
  readonly prevalenceWeighted: number;
}

/** How far probabilities can be taken at their word. */
export interface CalibrationReport {
  /** Number of samples, those with unknown labels too. */
  readonly samples: number;
  /** How many bins were asked for. */
  readonly bins: number;
  /** Where a probability of exactly 1 went. */
  readonly binning: NonNullable<CalibrationReportOptions["binning"]>;
  /** One a class, in the order of the columns. */
  readonly classes: readonly ClassCalibrationReport[];
  /** Means over classes. */
  readonly mean: MeanCalibration;
}

/**
 * All measures of calibration, class by class on the known labels: errors in bins of equal width and of equal mass
 * ({@link calibrationError}), parts of the Brier score ({@link brierDecomposition}), {@link logLoss}, and slope and intercept of a
 * logistic recalibration (Cox, Biometrika 45, 1958; they equal statsmodels' `Logit` of labels on logits).
 * {@link formatCalibrationReport} makes it a table.
 *
 * Slope and intercept are NaN where they have no finite value: labels that are all alike or that the score separates, a
 * constant score, or probabilities of exactly 0 or 1 without `logits`.
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN; unknown labels are skipped class by class
 * @param probabilities of the same shape, values in [0, 1]
 * @returns NaN for the numbers of a class without a known label
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the probability of a known
 *   label lies outside [0, 1], a logit is not finite or not that of its probability, or an option is out of its range
 */
export function calibrationReport(
  labels: MatrixLike,
  probabilities: MatrixLike,
  options: CalibrationReportOptions = {},
): CalibrationReport {
  const { bins = 10, binning = "equal-width" } = options;
  if ((binning as string) === "equal-mass") {
    throw new ArgumentError(
      "options.binning",
      'is "equal-mass", which is always in the report; expected "equal-width" or "equal-width-one-apart"',
    );
  }
  const { rows, classes, samples } = rankedColumns(labels, probabilities, options.classes);
  const logits = options.logits && rankedLogits(labels, options.logits, classes, samples);
  const reports = samples.map((sample, c) =>
    classReport(sample, classes[c]!, rows, { bins, binning }, logits?.[c]),
  );
  return { samples: rows, bins, binning, classes: reports, mean: meanOf(reports) };
}

function classReport(
  sample: Sample,
  name: string,
  rows: number,
  binning: Required<BinningOptions>,
  givenLogits: Float64Array | undefined,
): ClassCalibrationReport {
  const known = sample.labels.length;
  const positives = sample.labels.reduce((sum, label) => sum + label, 0);
  const saturated = sample.scores.reduce((sum, score) => sum + Number(score === 0 || score === 1), 0);
  const width = reliabilityBins(sample, binning);
  const mass = reliabilityBins(sample, { bins: binning.bins, binning: "equal-mass" });
  const logits = givenLogits ?? (saturated === 0 ? sample.scores.map(logitOf) : new Float64Array());
  return {
    name,
    known,
    unknown: rows - known,
    positives,
    prevalence: positives / known,
    meanProbability: sample.scores.reduce((sum, score) => sum + score, 0) / known,
    saturated,
    equalWidth: errorsOf(width),
    equalMass: errorsOf(mass),
    equalMassBins: mass.length,
    brier: decomposedBrier(sample, binning),
    logLoss: meanLogLoss(sample),
    ...(logits.length === known
      ? recalibrate({ ...sample, logits })
      : { slope: Number.NaN, intercept: Number.NaN, interceptAtSlopeOne: Number.NaN }),
  };
}

/** The logits of each class's known samples, in the order of its probabilities. */
function rankedLogits(
  labels: MatrixLike,
  logits: MatrixLike,
  classes: readonly string[],
  samples: readonly Sample[],
): Float64Array[] {
  knownColumns(labels, logits, classes, { argument: "scores" });
  const { columns } = columnsOf(logits, "options.logits");
  return samples.map(({ rows, scores }, c) =>
    Float64Array.from(rows, (row, i) => {
      const logit = columns[c]![row]!;
      if (Math.abs(logistic(logit) - scores[i]!) <= 1e-3) return logit;
      throw new ArgumentError(
        "options.logits",
        `class "${classes[c]}", index ${row} is ${logit}, whose sigmoid is not the probability ${scores[i]}; expected the ` +
          "logits of these very probabilities, and none for calibrated ones",
      );
    }),
  );
}

function errorsOf(bins: readonly ReliabilityBin[]): CalibrationErrors {
  return {
    l1: errorOfBins(bins, { norm: "l1" }),
    l2: errorOfBins(bins, { norm: "l2" }),
    max: errorOfBins(bins, { norm: "max" }),
    debiasedL1: errorOfBins(bins, { norm: "l1", debiased: true }),
    debiasedL2: errorOfBins(bins, { norm: "l2", debiased: true }),
  };
}

function meanOf(classes: readonly ClassCalibrationReport[]): MeanCalibration {
  const mean = (of: (row: ClassCalibrationReport) => number) => {
    const values = classes.map(of).filter((value) => !Number.isNaN(value));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const errors = (of: "equalWidth" | "equalMass"): CalibrationErrors => ({
    l1: mean((row) => row[of].l1),
    l2: mean((row) => row[of].l2),
    max: mean((row) => row[of].max),
    debiasedL1: mean((row) => row[of].debiasedL1),
    debiasedL2: mean((row) => row[of].debiasedL2),
  });
  const found = classes.filter(({ positives }) => positives > 0);
  const positives = found.reduce((sum, row) => sum + row.positives, 0);
  return {
    bias: mean((row) => row.meanProbability - row.prevalence),
    equalWidth: errors("equalWidth"),
    equalMass: errors("equalMass"),
    brier: mean((row) => row.brier.brier),
    logLoss: mean((row) => row.logLoss),
    prevalenceWeighted: found.reduce((sum, row) => sum + row.positives * row.equalWidth.l1, 0) / positives,
  };
}
