import { ArgumentError } from "../errors.js";
import { type Figure, type FigureTable, figure } from "./figure.js";
import { type ForestReference, type ForestRow, forestMarks } from "./forestMarks.js";
import { formatLevel, formatNumber } from "./format.js";
import { emptyPlot } from "./theme.js";

/** How {@link forestPlot} shows its rows. */
export interface ForestOptions {
  /** Heading of the figure. */
  readonly title?: string;
  /** What the values are, such as "AUC" or "difference in AUC". */
  readonly measure: string;
  /** Name of the set, such as "test". */
  readonly evaluatedOn?: string;
  /** Level of the intervals. Default 0.95. */
  readonly level?: number;
  /** A line to read the values against. */
  readonly reference?: ForestReference;
  /** What it means to lie at the left of the reference, and at its right, such as ["second better", "first better"]. */
  readonly directions?: readonly [string, string];
}

/**
 * A forest plot: a line a row with its value, its interval and both in numbers. Rows of the same label stand together; their
 * groups, such as models, differ by mark and colour (the sixth has the first one's again). An undefined value has no mark.
 * Intervals of two models that overlap do not mean that there is no difference: for that draw the intervals of the paired
 * differences, with a reference of 0.
 *
 * ```ts
 * const { classes } = compareAucs(labels, first, second, { groups: patientIds });
 * const rows = classes.map(({ name, difference, lower, upper }) => ({ label: name, value: difference, lower, upper }));
 * const reference = { value: 0, label: "no difference" };
 * forestPlot(rows, { measure: "difference in AUC", reference, directions: ["second better", "first better"] });
 * ```
 *
 * @param rows in the order to show them
 * @throws ArgumentError when a number is infinite, or the ends of an interval are in the wrong order
 */
export function forestPlot(rows: readonly ForestRow[], options: ForestOptions): Figure {
  const { measure, evaluatedOn, level = 0.95, reference, directions } = options;
  checkRows(rows);
  const said = [measure, evaluatedOn && `on ${evaluatedOn}`].filter(Boolean).join(" ");
  const title = options.title ?? `${said.charAt(0).toUpperCase()}${said.slice(1)}`;
  const groups = [...new Set(rows.map(({ group = "" }) => group))];
  const heading = headingOf(rows, level);
  const plot =
    rows.length === 0
      ? emptyPlot("nothing to show")
      : forestMarks({
          rows,
          groups,
          measure,
          heading,
          domain: domainOf(rows, reference),
          reference,
          directions,
          beside: [],
        });
  return figure(title, [{ title, lines: [], plot }], forestTable(rows, measure, level), { columns: 1 });
}

/** What stands above printed values. */
export const headingOf = (rows: readonly ForestRow[], level: number): string =>
  rows.some(({ lower }) => !Number.isNaN(lower)) ? `value [${formatLevel(level)} interval]` : "value";

function checkRows(rows: readonly ForestRow[]): void {
  rows.forEach(({ label, value, lower, upper }, i) => {
    for (const [name, number] of Object.entries({ value, lower, upper })) {
      if (Number.isNaN(number) || Number.isFinite(number)) continue;
      throw new ArgumentError(
        `rows[${i}].${name}`,
        `of "${label}" is ${number}; expected a finite number or NaN`,
      );
    }
    if (lower > upper) {
      throw new ArgumentError(`rows[${i}]`, `"${label}" has an interval from ${lower} to ${upper}`);
    }
  });
}

function forestTable(rows: readonly ForestRow[], measure: string, level: number): FigureTable {
  const grouped = rows.some(({ group }) => group !== undefined);
  const counted = rows.some(({ n }) => n !== undefined);
  const ends = formatLevel(level);
  return {
    columns: [
      "of",
      ...(grouped ? ["group"] : []),
      ...(counted ? ["n"] : []),
      measure,
      `lower end, ${ends}`,
      `upper end, ${ends}`,
    ],
    rows: rows.map(({ label, group = "", n = "", value, lower, upper }) => [
      label,
      ...(grouped ? [group] : []),
      ...(counted ? [n] : []),
      ...[value, lower, upper].map(formatNumber),
    ]),
  };
}

/** From the lowest to the highest number, with some room. */
export function domainOf(
  rows: readonly ForestRow[],
  reference: ForestReference | undefined,
): [number, number] {
  const numbers = rows
    .flatMap(({ value, lower, upper }) => [value, lower, upper])
    .concat(reference?.value ?? [])
    .filter((number) => !Number.isNaN(number));
  if (numbers.length === 0) return [0, 1];
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const room = 0.04 * (most - least) || 0.05;
  const [lowest, highest] = [least - room, most + room];
  if (reference !== undefined) return [lowest, highest];
  // Shares end at 0 and 1: the axis does not run on where no value can be.
  return [least >= 0 ? Math.max(lowest, 0) : lowest, most <= 1 ? Math.min(highest, 1) : highest];
}
