import { bandGrid, type CurveBand } from "./curveBand.js";
import { legendColumns } from "./dotRows.js";
import { cycle } from "./forestMarks.js";
import { formatThreshold } from "./format.js";
import { colours, groupColours, type Layer, lineDashes, type Panel } from "./theme.js";
import { emptyNote, guideLine, type Point, side, unitPosition } from "./unitSquare.js";

/** A curve in a unit square. */
export interface PanelCurve {
  /** The curve; each point's height holds back to the point before in a panel with `steps`. */
  readonly points: readonly Point[];
  /** Its band. */
  readonly band: CurveBand;
  /** The threshold for decisions; undefined without one. */
  readonly threshold: number | undefined;
  /** Where it stands on the curve. */
  readonly chosen: Point;
}

/** A unit square with curves. */
export interface CurvePanel {
  /** Heading. */
  readonly title: string;
  /** Lines below it. */
  readonly lines: readonly string[];
  /** What the horizontal axis says. */
  readonly across: string;
  /** What the vertical axis says. */
  readonly up: string;
  /** The line of a guess. */
  readonly guide: readonly Point[];
  /** The curves; later ones lie over earlier ones. */
  readonly curves: readonly PanelCurve[];
  /** What the curves are called, which differ by colour and dash; a legend tells where there are several. */
  readonly names?: readonly string[];
  /** Whether the curves have steps. */
  readonly steps: boolean;
  /** Why there is no curve. */
  readonly reason: string | undefined;
}

/** Width and height of a plot of several curves, whose headings are wide. */
const sideOfSeveral = 210;

/** Draws it. */
export function curvePanel(panel: CurvePanel): Panel {
  const { title, lines, across, up, guide, curves, names, steps, reason } = panel;
  const interpolate = steps ? ({ interpolate: "step-before" } as const) : {};
  const colourOf = cycle(groupColours, curves);
  const size = curves.length > 1 ? sideOfSeveral : side;
  const decided = curves.flatMap(({ threshold = Number.NaN, chosen }, i) =>
    Number.isNaN(threshold) ? [] : [{ threshold, chosen, i }],
  );
  const layers: Layer[] = [
    ...curves.map(
      ({ band }, i): Layer => ({
        data: { values: endsOf(band) },
        mark: { type: "area", color: colourOf[i]!, opacity: 0.22, ...interpolate },
        encoding: { y: unitPosition("lower", { title: up }), y2: { field: "upper" } },
      }),
    ),
    guideLine(reason === undefined ? guide : []),
    {
      data: { values: curves.flatMap(({ points }, i) => pointsOf(points, names?.[i])) },
      mark: {
        type: "line",
        ...(names === undefined && { color: colours.blue }),
        strokeWidth: 2,
        strokeJoin: "round",
        order: false,
        ...interpolate,
      },
      ...(names && { encoding: looksOf(names) }),
    },
    ...(reason === undefined ? [] : [emptyNote(reason)]),
    ...decided
      .filter(({ chosen }) => !Number.isNaN(chosen.x + chosen.y))
      .map(({ chosen, i }) => chosenMark(chosen, names ? colourOf[i]! : colours.text)),
  ];
  return {
    title,
    lines: [
      ...lines,
      ...decided.map(
        ({ threshold, i }) => `◇ ${names ? `${names[i]}: ` : ""}threshold ${formatThreshold(threshold)}`,
      ),
    ],
    plot: {
      width: size,
      height: size,
      encoding: { x: unitPosition("x", { title: across }), y: unitPosition("y", { title: up }) },
      layer: layers,
    },
  };
}

function endsOf({ lower, upper }: CurveBand) {
  if (Number.isNaN(lower[0])) return [];
  return Array.from(bandGrid, (x, k) => ({ x, lower: lower[k]!, upper: upper[k]! }));
}

const pointsOf = (points: readonly Point[], model: string | undefined) =>
  model === undefined ? points : points.map((point) => ({ ...point, model }));

/** Colours and dashes of curves. */
function looksOf(names: readonly string[]) {
  const legend = names.length > 1 ? { ...lineLegend, columns: legendColumns(names) } : null;
  const model = { field: "model", type: "nominal" as const, legend };
  const dashes = cycle(lineDashes, names).map((dash) => [...dash]);
  return {
    color: { ...model, scale: { domain: [...names], range: cycle(groupColours, names) } },
    strokeDash: { ...model, scale: { domain: [...names], range: dashes } },
  };
}

const lineLegend = { orient: "top" as const, symbolType: "stroke", symbolSize: 900, labelLimit: 320 };

/** A diamond on the curve. */
function chosenMark(chosen: Point, stroke: string): Layer {
  return {
    data: { values: [chosen] },
    mark: {
      type: "point",
      shape: "diamond",
      filled: true,
      fill: "white",
      stroke,
      strokeWidth: 1.5,
      opacity: 1,
      size: 75,
    },
  };
}
