import type { SubgroupAttribute, SubgroupEvaluation, SubgroupValue } from "../metrics/subgroupEvaluation.js";
import { type Figure, figure } from "./figure.js";
import { type ForestRow, forestMarks } from "./forestMarks.js";
import { domainOf, headingOf } from "./forestPlot.js";
import { formatInterval, formatLevel } from "./format.js";
import type { Panel } from "./theme.js";

/** How {@link subgroupPlot} names things. */
export interface SubgroupPlotOptions {
  /** What was measured, such as "AUC of Edema"; the metric's name by default. */
  readonly measure?: string;
  /** Name of the set, such as "test". */
  readonly evaluatedOn?: string;
  /** Plots in a row; default 1. */
  readonly columns?: number;
}

/**
 * A metric by subgroup: a forest plot an attribute, all on one scale, with the number of known samples, the value and its
 * interval of each subgroup. The heading has the largest gap between two subgroups, with the interval of this difference. All rows stand above, and their value is
 * a dashed line; the rows of unknown subgroup stand below. A subgroup without a value says why.
 *
 * The more subgroups and the smaller, the larger is the gap that chance alone makes: read it with its interval.
 *
 * The table has the counts, the metric and both gaps of `evaluateSubgroups`.
 *
 * @param evaluation from `evaluateSubgroups`
 */
export function subgroupPlot(evaluation: SubgroupEvaluation, options: SubgroupPlotOptions = {}): Figure {
  const { measure = evaluation.metric, evaluatedOn, columns = 1 } = options;
  const { overall, attributes, minimum, intervals } = evaluation;
  const row = (label: string, of: SubgroupValue): ForestRow => ({
    label,
    ...of.metric,
    n: of.positives + of.negatives,
    ...(of.reason === "few-samples" && { reason: `fewer than ${minimum}` }),
  });
  const all = row("all", overall);
  const rowsOf = ({ subgroups, unknown }: SubgroupAttribute): ForestRow[] => [
    all,
    ...subgroups.map((of) => row(of.name, of)),
    ...(unknown.samples > 0 ? [row("(unknown)", unknown)] : []),
  ];
  const everything = attributes.flatMap(rowsOf);
  const reference = Number.isNaN(all.value) ? undefined : { value: all.value, label: "all" };
  const panels = attributes.map((attribute): Panel => {
    return {
      title: `${measure} by ${attribute.name}`,
      lines: [gapLine(attribute), ...(evaluatedOn === undefined ? [] : [`on ${evaluatedOn}`])],
      plot: forestMarks({
        rows: rowsOf(attribute),
        groups: [""],
        measure,
        heading: headingOf(everything, intervals.level),
        domain: domainOf(everything, undefined),
        reference,
        directions: undefined,
        beside: everything.map(({ label }) => label),
      }),
    };
  });
  const title = [`${measure} by subgroup`, evaluatedOn && `on ${evaluatedOn}`].filter(Boolean).join(" ");
  return figure(title, panels, subgroupTable(evaluation, measure), { columns });
}

function gapLine({ subgroups, best, worst }: SubgroupAttribute): string {
  const furthest = subgroups.find(({ name }) => name === worst);
  if (furthest === undefined) return "nothing to compare";
  return `largest gap ${formatInterval(furthest.gapToBest)}: "${worst}" against "${best}"`;
}

function subgroupTable({ overall, attributes, intervals }: SubgroupEvaluation, measure: string) {
  const ends = Number.isNaN(overall.metric.lower) ? "" : ` [${formatLevel(intervals.level)}]`;
  const counts = (of: SubgroupValue) => [of.samples, of.patients, of.positives, of.negatives, of.unknown];
  return {
    columns: [
      "attribute",
      "subgroup",
      "samples",
      "patients",
      "positive",
      "negative",
      "unknown",
      `${measure}${ends}`,
      `gap to the best${ends}`,
      `gap to the rest${ends}`,
    ],
    rows: [
      ["", "all", ...counts(overall), formatInterval(overall.metric), "", ""],
      ...attributes.flatMap(({ name, subgroups, unknown, best }) => [
        ...subgroups.map((of) => [
          name,
          of.name,
          ...counts(of),
          formatInterval(of.metric),
          of.name === best ? "best" : formatInterval(of.gapToBest),
          formatInterval(of.gapToRest),
        ]),
        ...(unknown.samples > 0
          ? [[name, "(unknown)", ...counts(unknown), formatInterval(unknown.metric), "", ""]]
          : []),
      ]),
    ],
  };
}
