import { legendColumns } from "./dotRows.js";
import { formatCount, formatInterval } from "./format.js";
import { colours, groupColours, groupShapes, type Layer, type LayeredPlot, roomFor } from "./theme.js";

/** A value with its interval, such as one of a model, a class or a subgroup. */
export interface ForestRow {
  /** What it is of; stands at the left. Rows of one label stand together. */
  readonly label: string;
  /** Which of several, such as the model; decides mark and colour. */
  readonly group?: string;
  /** The value; NaN where it is undefined. */
  readonly value: number;
  /** Lower end; NaN where there is no interval. */
  readonly lower: number;
  /** Upper end; NaN where there is no interval. */
  readonly upper: number;
  /** How many samples it is of. */
  readonly n?: number;
  /** Why the value is undefined; stands in its place. */
  readonly reason?: string;
}

/** An upright line to read values against. */
export interface ForestReference {
  /** Where it stands. */
  readonly value: number;
  /** What it means, such as "chance" or "no difference". */
  readonly label: string;
}

/** What {@link forestMarks} draws. */
export interface ForestMarks {
  /** The rows, from the top. */
  readonly rows: readonly ForestRow[];
  /** The groups, in the order of the legend. */
  readonly groups: readonly string[];
  /** What the values are. */
  readonly measure: string;
  /** What stands above the printed values. */
  readonly heading: string;
  /** Left and right end of the axis. */
  readonly domain: readonly [number, number];
  /** A line to read them against. */
  readonly reference: ForestReference | undefined;
  /** What it means to lie at the left and at the right of the reference. */
  readonly directions: readonly [string, string] | undefined;
  /** Labels of the plots that it stands among, which get the same room. */
  readonly beside: readonly string[];
}

const plotWidth = 260;
const lineHeight = 18;
const textWidth = 6.4;

/** A line a row: mark, interval, and at the right the numbers. */
export function forestMarks(marks: ForestMarks): LayeredPlot {
  const { rows, groups, measure, heading, domain, reference, directions, beside } = marks;
  const labels = [...new Set(rows.map(({ label }) => label))];
  const gap = groups.length > 1 ? 0.5 : 0;
  const blocks: { label: string; top: number; bottom: number }[] = [];
  let top = 0;
  const placed = labels.flatMap((label) => {
    const members = rows.filter((row) => row.label === label);
    blocks.push({ label, top, bottom: top + members.length + gap });
    const lines = members.map((row, i) => ({
      ...row,
      group: row.group ?? "",
      y: top + gap / 2 + i + 0.5,
      text:
        Number.isNaN(row.value) && row.reason
          ? row.reason
          : formatInterval({ ...row, undefinedResamples: 0 }),
      count: row.n === undefined ? "" : formatCount(row.n),
    }));
    top += members.length + gap;
    return lines;
  });
  const counted = placed.some(({ n }) => n !== undefined);
  const counts = counted ? columnWidth(["n", ...placed.map(({ count }) => count)]) : 0;
  const values = columnWidth([heading, ...placed.map(({ text }) => text)]);
  const middles = blocks.map((block) => (block.top + block.bottom) / 2);
  const y = {
    field: "y",
    type: "quantitative" as const,
    scale: { domain: [0, top], reverse: true, nice: false, zero: false },
    title: null,
    axis: {
      ...roomFor([...labels, ...beside]),
      values: middles,
      labelExpr: `${JSON.stringify(labels)}[indexof(${JSON.stringify(middles)}, datum.value)]`,
      grid: false,
      ticks: false,
      domain: false,
    },
  };
  const x = {
    field: "value",
    type: "quantitative" as const,
    title: directions ? `← ${directions[0]} · ${measure} · ${directions[1]} →` : measure,
    scale: { domain: [...domain], zero: false, nice: false },
    axis: { tickCount: 5, format: "~g" },
  };
  const known = placed.filter(({ value }) => !Number.isNaN(value));
  const wide = known.filter(({ lower, upper }) => !Number.isNaN(lower) && !Number.isNaN(upper));
  const legend =
    groups.length > 1
      ? { orient: "top" as const, columns: legendColumns(groups), labelLimit: 320, offset: 24 }
      : null;
  const colour = {
    field: "group",
    type: "nominal" as const,
    scale: { domain: [...groups], range: cycle(groupColours, groups) },
    legend,
  };
  return {
    width: plotWidth,
    height: lineHeight * top,
    layer: [
      {
        data: { values: gap > 0 ? blocks.filter((_, i) => i % 2 === 1) : [] },
        mark: { type: "rect", color: "#f3f3f3" },
        encoding: {
          y: { ...y, field: "top" },
          y2: { field: "bottom" },
          x: { value: 0 },
          x2: { value: plotWidth + counts + values },
        },
      },
      ...(reference ? referenceLine(reference) : []),
      {
        data: { values: wide },
        mark: { type: "rule", strokeWidth: 2 },
        encoding: { y, x: { ...x, field: "lower" }, x2: { field: "upper" }, color: colour },
      },
      {
        data: { values: known },
        mark: { type: "point", filled: true, size: 60, opacity: 1, stroke: "white", strokeWidth: 0.75 },
        encoding: {
          y,
          x,
          color: colour,
          shape: { ...colour, scale: { domain: [...groups], range: cycle(groupShapes, groups) } },
        },
      },
      ...(counted ? column(placed, y, "n", "count", plotWidth + counts) : []),
      ...column(placed, y, heading, "text", plotWidth + counts + values),
    ],
  };
}

/** Values over and over, as many as there are of the second. */
export const cycle = <T>(values: readonly T[], over: readonly unknown[]): T[] =>
  over.map((_, i) => values[i % values.length]!);

const columnWidth = (texts: readonly string[]): number =>
  12 + textWidth * Math.max(...texts.map(({ length }) => length));

function referenceLine({ value, label }: ForestReference): Layer[] {
  const data = { values: [{ value }] };
  const x = { field: "value", type: "quantitative" as const };
  return [
    { data, mark: { type: "rule", color: colours.muted, strokeDash: [3, 3] }, encoding: { x } },
    {
      data,
      mark: { type: "text", text: label, y: -9, fontSize: 11, color: colours.muted },
      encoding: { x },
    },
  ];
}

/** Printed texts that end at a place, under a heading. */
function column(rows: readonly object[], y: object, heading: string, field: string, end: number): Layer[] {
  const mark = { type: "text" as const, align: "right" as const, fontSize: 11, color: colours.text, x: end };
  return [
    {
      data: { values: [{}] },
      mark: { ...mark, text: heading, y: -9, color: colours.muted },
    },
    { data: { values: [...rows] }, mark, encoding: { y, text: { field, type: "nominal" } } },
  ] as Layer[];
}
