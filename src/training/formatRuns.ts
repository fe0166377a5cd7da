import { ArgumentError } from "../errors.js";
import { alignColumns } from "../metrics/alignColumns.js";
import type { RunMetric, RunMetrics, RunsEvaluation } from "./evaluateRuns.js";

/** What {@link formatRuns} shows. */
export interface FormatRunsOptions {
  /** Which metric, of several experiments; "auc" by default. */
  readonly metric?: keyof RunMetrics;
  /** Digits after the point; 1 by default. */
  readonly digits?: number;
  /**
   * What stands in brackets after the mean: the sample standard deviation (the default), "94.2 (0.3)"; the value of each run,
   * "94.2 (94.0, 94.4)"; or the 95% interval of the mean over runs, "94.2 [91.7, 96.7]".
   */
  readonly show?: "deviation" | "values" | "interval";
}

const headings: readonly (readonly [keyof RunMetrics, string])[] = [
  ["auc", "AUC"],
  ["averagePrecision", "avg. precision"],
  ["brier", "Brier"],
  ["calibrationError", "calibration error"],
];

/**
 * A table of experiments as plain text. Each cell is the mean over the runs and, in brackets, the sample standard deviation
 * (or what `show` says), both in percent: "94.2 (0.3)". What is undefined stands as "n/a", as does the deviation of a single run.
 *
 * - Of one experiment: one line a class, then the mean over the classes, and one column a metric.
 * - Of several experiments by name: one line an experiment, one column a class, then the mean over the classes, all of one
 *   metric.
 *
 * ```ts
 * const table = formatRuns({ "pathology model": evaluateRuns(a), multitask: evaluateRuns(b) });
 * ```
 *
 * @throws ArgumentError when the experiments differ in classes
 */
export function formatRuns(
  evaluations: RunsEvaluation | Readonly<Record<string, RunsEvaluation>>,
  options: FormatRunsOptions = {},
): string {
  const { metric = "auc", digits = 1, show = "deviation" } = options;
  const percent = (value: number) => (Number.isNaN(value) ? "n/a" : (100 * value).toFixed(digits));
  const cell = ({ mean, standardDeviation, values, lower, upper }: RunMetric) => {
    if (show === "values") return `${percent(mean)} (${values.map(percent).join(", ")})`;
    if (Number.isNaN(mean)) return "n/a";
    if (show === "interval") return `${percent(mean)} [${percent(lower)}, ${percent(upper)}]`;
    return `${percent(mean)} (${percent(standardDeviation)})`;
  };
  const rows = isOne(evaluations)
    ? classRows(evaluations, cell)
    : experimentRows(evaluations, (metrics) => cell(metrics[metric]));
  return alignColumns(rows).join("\n");
}

function isOne(
  evaluations: RunsEvaluation | Readonly<Record<string, RunsEvaluation>>,
): evaluations is RunsEvaluation {
  return Array.isArray(evaluations.classes);
}

function classRows({ classes, macro }: RunsEvaluation, cell: (metric: RunMetric) => string): string[][] {
  const cells = (metrics: RunMetrics) => headings.map(([metric]) => cell(metrics[metric]));
  return [
    ["class", ...headings.map(([, heading]) => heading)],
    ...classes.map((row) => [row.name, ...cells(row)]),
    ["mean", ...cells(macro)],
  ];
}

function experimentRows(
  evaluations: Readonly<Record<string, RunsEvaluation>>,
  cell: (metrics: RunMetrics) => string,
): string[][] {
  const experiments = Object.entries(evaluations);
  const names = ({ classes }: RunsEvaluation) => classes.map(({ name }) => name);
  const expected = experiments.slice(0, 1).flatMap(([, first]) => names(first));
  const rows = experiments.map(([experiment, evaluation]) => {
    const own = names(evaluation);
    if (own.join("\n") !== expected.join("\n")) {
      throw new ArgumentError(
        `evaluations["${experiment}"]`,
        `is of the classes ${own.join(", ")} where the first is of ${expected.join(", ")}`,
      );
    }
    return [experiment, ...evaluation.classes.map(cell), cell(evaluation.macro)];
  });
  return [["", ...expected, "mean"], ...rows];
}
