import { bandGrid, type CurveBand } from "./curveBand.js";
import { formatThreshold } from "./format.js";
import { colours, type Layer, type Panel } from "./theme.js";
import { emptyNote, guideLine, type Point, side, unitPosition } from "./unitSquare.js";

/** A curve in a unit square. */
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
  /** The curve; each point's height holds back to the point before where `steps` is true. */
  readonly points: readonly Point[];
  /** Whether the curve has steps. */
  readonly steps: boolean;
  /** Its band. */
  readonly band: CurveBand;
  /** The threshold for decisions; undefined without one. */
  readonly threshold: number | undefined;
  /** Where it stands on the curve. */
  readonly chosen: Point;
  /** Why there is no curve. */
  readonly reason: string | undefined;
}

/** Draws it. */
export function curvePanel(curve: CurvePanel): Panel {
  const { title, lines, across, up, guide, points, steps, band, reason } = curve;
  const interpolate = steps ? ({ interpolate: "step-before" } as const) : {};
  const ends = Array.from(bandGrid, (x, k) => ({ x, lower: band.lower[k]!, upper: band.upper[k]! }));
  const layers: Layer[] = [
    {
      data: { values: Number.isNaN(band.lower[0]) ? [] : ends },
      mark: { type: "area", color: colours.blue, opacity: 0.22, ...interpolate },
      encoding: { y: unitPosition("lower", { title: up }), y2: { field: "upper" } },
    },
    guideLine(reason === undefined ? guide : []),
    {
      data: { values: [...points] },
      mark: {
        type: "line",
        color: colours.blue,
        strokeWidth: 2,
        strokeJoin: "round",
        order: false,
        ...interpolate,
      },
    },
  ];
  if (reason !== undefined) layers.push(emptyNote(reason));
  const { threshold = Number.NaN, chosen } = curve;
  const decided = !Number.isNaN(threshold);
  if (decided && !Number.isNaN(chosen.x + chosen.y)) layers.push(chosenMark(chosen));
  return {
    title,
    lines: [...lines, ...(decided ? [`◇ threshold ${formatThreshold(threshold)}`] : [])],
    plot: {
      width: side,
      height: side,
      encoding: { x: unitPosition("x", { title: across }), y: unitPosition("y", { title: up }) },
      layer: layers,
    },
  };
}

/** A diamond on the curve. */
function chosenMark(chosen: Point): Layer {
  return {
    data: { values: [chosen] },
    mark: {
      type: "point",
      shape: "diamond",
      filled: true,
      fill: "white",
      stroke: colours.text,
      strokeWidth: 1.5,
      opacity: 1,
      size: 75,
    },
  };
}
