import type { BinningOptions } from "../metrics/calibrationError.js";
import { evaluateMultilabel } from "../metrics/evaluateMultilabel.js";
import { type RunSummary, summarizeRuns } from "../metrics/summarizeRuns.js";
import type { RunPredictions, RunScores } from "./combineRuns.js";

/** A metric over the runs of an experiment. */
export interface RunMetric extends RunSummary {}

/** The metrics of one class, or their means over classes. */
export interface RunMetrics {
  /** Area under the ROC curve. */
  readonly auc: RunMetric;
  /** Average precision. */
  readonly averagePrecision: RunMetric;
  /** Brier score. */
  readonly brier: RunMetric;
  /** Calibration error; of the mean over classes, the class-wise calibration error. */
  readonly calibrationError: RunMetric;
}

/** How well the runs of an experiment do on one set of samples. */
export interface RunsEvaluation {
  /** How many runs there are. */
  readonly runs: number;
  /** How many samples. */
  readonly samples: number;
  /** One entry a class, in the order of the columns. */
  readonly classes: readonly (RunMetrics & {
    /** Name of the class. */
    readonly name: string;
  })[];
  /** In each run the mean over the classes that have a value, as `evaluateMultilabel` has it. */
  readonly macro: RunMetrics;
  /** Classes of which not both labels occur: without AUC and average precision. */
  readonly undefinedClasses: readonly string[];
}

/**
 * Measures each run of an experiment on its own, then takes the mean over the runs and the sample standard deviation
 * (divisor n - 1; NaN for a single run), with the 95% interval of the mean, as `summarizeRuns` has them: how far the result
 * depends on the seed. It says nothing of how it depends on the
 * patients: for that, see the intervals of `evaluatePredictions`. Unknown labels are skipped class by class.
 *
 * @param predictions what `predictRuns` or `readPredictionTable` gives
 * @param options how the calibration error is binned; 10 equal-width bins by default
 * @throws ArgumentError for a label that is not 0, 1 or NaN, a probability of a known label outside [0, 1], or an option out
 *   of its range
 */
export function evaluateRuns(
  predictions: Pick<RunPredictions<RunScores>, "labels"> & {
    readonly runs: readonly Pick<RunScores, "classes" | "probabilities">[];
  },
  options: BinningOptions = {},
): RunsEvaluation {
  const { labels, runs } = predictions;
  const evaluations = runs.map(({ classes, probabilities: values }) =>
    evaluateMultilabel(labels, { classes, values }, { ...options, resamples: 0 }),
  );
  const over = (read: (evaluation: (typeof evaluations)[number]) => number): RunMetric =>
    summarizeRuns(evaluations.map(read));
  return {
    runs: runs.length,
    samples: labels.values.shape[0]!,
    classes: labels.classes.map((name, c) => ({
      name,
      auc: over(({ classes }) => classes[c]!.auc.value),
      averagePrecision: over(({ classes }) => classes[c]!.averagePrecision),
      brier: over(({ classes }) => classes[c]!.brier),
      calibrationError: over(({ classes }) => classes[c]!.calibrationError.value),
    })),
    macro: {
      auc: over(({ macro }) => macro.auc.value),
      averagePrecision: over(({ macro }) => macro.averagePrecision.value),
      brier: over(({ macro }) => macro.brier.value),
      calibrationError: over(({ macro }) => macro.calibrationError.value),
    },
    undefinedClasses: evaluations[0]?.macro.undefinedClasses ?? [],
  };
}
