import type { SplitComparison, SplitDifference } from "../labels/compareSplits.js";
import { type Dot, dotRows } from "./dotRows.js";
import { type Figure, figure } from "./figure.js";
import { formatCount, formatNumber } from "./format.js";
import { prevalenceMarks } from "./prevalencePlot.js";
import { emptyPlot, type Panel } from "./theme.js";

/**
 * The sets of a split beside each other: how frequent each finding is in each set, the standardised differences of
 * findings and age for each pair of sets, and how far ages, sexes, views and sources are apart (total variation).
 * Dashed lines stand at -0.1 and 0.1, below which a standardised difference is commonly called negligible (Austin 2009).
 *
 * The table has a line a variable with both measures for each pair; sex, view and source have no standardised difference.
 *
 * @param options `columns`: plots in a row; default 3
 */
export function splitComparisonPlot(
  comparison: SplitComparison,
  { columns = 3 }: { readonly columns?: number } = {},
): Figure {
  const { sets, descriptions, findings, gaps, differences } = comparison;
  const named = new Map(sets.map((set) => [set, `${set} (n = ${formatCount(descriptions[set]!.images)})`]));
  const shares = findings.flatMap(({ finding, counts }) =>
    counts.flatMap((found, i) =>
      found === undefined
        ? []
        : [
            {
              set: named.get(sets[i]!)!,
              finding,
              positives: found.positive,
              known: found.positive + found.negative,
              share: found.prevalence,
            },
          ],
    ),
  );
  const pairs = (measure: "standardizedDifference" | "totalVariation", wanted: readonly string[]) =>
    differences
      .filter(({ kind }) => wanted.includes(kind))
      .map((entry): Dot => ({ row: entry.variable, group: pairOf(entry), value: entry[measure] }))
      .filter(({ value }) => !Number.isNaN(value));
  const standardized = pairs("standardizedDifference", ["finding", "age"]);
  const apart = pairs("totalVariation", ["age", "sex", "view", "source"]);
  const groups = [...new Set(differences.map(pairOf))];
  const panels: Panel[] = [
    {
      title: "Prevalence by set",
      lines: gapLines(gaps.map(({ message }) => message)),
      plot: shares.some(({ known }) => known > 0)
        ? prevalenceMarks(shares, [...named.values()])
        : emptyPlot("no known label"),
    },
    {
      title: "Standardised differences",
      lines: ["second set less first; between the dashed lines: negligible"],
      plot: dots(standardized, groups, "difference, in standard deviations", "~g", [-0.1, 0.1]),
    },
    {
      title: "Total variation distance",
      lines: ["share of images that would have to change"],
      plot: dots(apart, groups, "total variation distance", "~%", []),
    },
  ];
  const variables = [...new Set(differences.map(({ variable }) => variable))];
  const table = {
    columns: [
      "variable",
      ...groups.map((pair) => `standardised difference, ${pair}`),
      ...groups.map((pair) => `total variation, ${pair}`),
    ],
    rows: variables.flatMap((variable) => {
      const entries = differences.filter((entry) => entry.variable === variable);
      const found = [
        ...entries.map(({ standardizedDifference }) => standardizedDifference),
        ...entries.map(({ totalVariation }) => totalVariation),
      ];
      const known =
        entries.some(({ kind }) => kind === "finding") || found.some((value) => !Number.isNaN(value));
      return known ? [[variable, ...found.map(formatNumber)]] : [];
    }),
  };
  return figure("The sets beside each other", panels, table, { columns });
}

const pairOf = ({ sets: [first, second] }: SplitDifference) => `${first} → ${second}`;

function dots(
  found: readonly Dot[],
  groups: readonly string[],
  title: string,
  format: string,
  guides: readonly number[],
) {
  if (found.length === 0) return emptyPlot("nothing to compare");
  const rows = [...new Set(found.map(({ row }) => row))];
  return dotRows({ dots: found, rows, groups, title, format, guides });
}

function gapLines(messages: readonly string[]): string[] {
  const shown = 3;
  return messages.length > shown + 1
    ? [...messages.slice(0, shown), `and ${messages.length - shown} more gaps`]
    : [...messages];
}
