import type { RunMetric, RunMetrics, RunsEvaluation } from "../training/evaluateRuns.js";
import { dotRows } from "./dotRows.js";
import { type Figure, figure } from "./figure.js";
import { formatCount, formatNumber } from "./format.js";
import { emptyPlot } from "./theme.js";

const titles: Readonly<Record<keyof RunMetrics, string>> = {
  auc: "AUC",
  averagePrecision: "average precision",
  brier: "Brier score",
  calibrationError: "calibration error",
};

/**
 * How far a measure depends on the run: a line a class and one for the mean over the classes, a mark a run, a bar from the
 * lowest to the highest. The table has the mean over the runs, their sample standard deviation (divisor n - 1; undefined for
 * a single run) and the value of each run.
 *
 * @param options `metric`, "auc" by default
 */
export function runsPlot(
  { runs, samples, classes, macro }: RunsEvaluation,
  { metric = "auc" }: { readonly metric?: keyof RunMetrics } = {},
): Figure {
  const names = Array.from({ length: runs }, (_, r) => `run ${r + 1}`);
  const rows: readonly (readonly [string, RunMetric])[] = [
    ...classes.map((row) => [row.name, row[metric]] as const),
    ["mean", macro[metric]],
  ];
  const dots = rows.flatMap(([row, { values }]) =>
    values.flatMap((value, r) => (Number.isNaN(value) ? [] : [{ row, group: names[r]!, value }])),
  );
  const name = titles[metric];
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)} of ${runs} ${runs === 1 ? "run" : "runs"}`;
  const plot =
    dots.length === 0
      ? emptyPlot(`no class has ${name}`)
      : dotRows({
          dots,
          rows: rows.map(([row]) => row),
          groups: names,
          title: name,
          format: "~g",
          zero: false,
        });
  const table = {
    columns: ["finding", "mean", "standard deviation", ...names],
    rows: rows.map(([row, { mean, standardDeviation, values }]) => [
      row,
      ...[mean, standardDeviation, ...values].map(formatNumber),
    ]),
  };
  return figure(title, [{ title, lines: [`${formatCount(samples)} images each`], plot }], table, {
    columns: 1,
  });
}
