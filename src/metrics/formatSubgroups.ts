import { alignColumns } from "./alignColumns.js";
import type { Interval } from "./evaluation.js";
import type { SubgroupEvaluation, SubgroupValue } from "./subgroupEvaluation.js";

/**
 * A subgroup evaluation as a plain text table for the console: all rows, then for each attribute a line a subgroup and one for
 * the rows in which it is unknown, if there are any. What is undefined stands as "n/a", with its reason in the last column.
 */
export function formatSubgroups(evaluation: SubgroupEvaluation): string {
  const { metric, overall, attributes, intervals, minimum } = evaluation;
  const line = (name: string, of: SubgroupValue, gaps: readonly string[]) => [
    name,
    String(of.samples),
    String(of.patients),
    String(of.positives),
    String(of.negatives),
    withEnds(of.metric),
    ...gaps,
    of.reason === "few-samples"
      ? `fewer than ${minimum} known samples`
      : of.reason === "undefined"
        ? "undefined"
        : "",
  ];
  const table = [
    ["", "samples", "patients", "positive", "negative", metric, "gap to best", "gap to rest", ""],
    line("all", overall, ["", ""]),
    ...attributes.flatMap(({ name, subgroups, unknown, best }) => [
      [`${name}:`, "", "", "", "", "", "", "", ""],
      ...subgroups.map((of) =>
        line(`  ${of.name}`, of, [
          of.name === best ? "best" : withEnds(of.gapToBest),
          withEnds(of.gapToRest),
        ]),
      ),
      ...(unknown.samples > 0 ? [line("  (unknown)", unknown, ["", ""])] : []),
    ]),
  ];
  const made =
    intervals.resamples === 0
      ? "No intervals: nothing was resampled."
      : `Intervals of ${Number((100 * intervals.level).toPrecision(6))}%: ${intervals.resamples} bootstrap resamples of ` +
        `${intervals.of}; the best subgroup was chosen on the same samples.`;
  return [...alignColumns(table, (column) => column >= 1 && column <= 4), "", made].join("\n");
}

function withEnds({ value, lower, upper }: Interval): string {
  if (Number.isNaN(value)) return "n/a";
  return Number.isNaN(lower)
    ? value.toFixed(3)
    : `${value.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}]`;
}
