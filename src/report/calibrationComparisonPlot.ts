import { ArgumentError, isRadiolucentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { meanSquaredError } from "../metrics/brierScore.js";
import {
  type BinningOptions,
  binnedError,
  type ReliabilityBin,
  reliabilityDiagram,
} from "../metrics/calibrationError.js";
import { rankedColumns, type Sample } from "../metrics/sample.js";
import { type Figure, figure } from "./figure.js";
import { formatNumber, positivesOf } from "./format.js";
import { groupColours, groupShapes, type Layer, lineDashes, type Panel } from "./theme.js";
import { diagonal, emptyNote, guideLine, side, unitPosition } from "./unitSquare.js";

/** Two sets of probabilities of the same samples. */
export interface CalibrationComparison {
  /** What is known: shape [samples, classes], values 1, 0 or NaN. */
  readonly labels: MatrixLike;
  /** The first probabilities, of the same shape, in [0, 1]. */
  readonly before: MatrixLike;
  /** The second ones. */
  readonly after: MatrixLike;
  /** Name of the samples, such as "test"; a calibrator must not have been fitted on them. */
  readonly evaluatedOn: string;
}

/** How they are compared. */
export interface CalibrationComparisonOptions extends BinningOptions {
  /** What the two are called; default "before" and "after". */
  readonly names?: readonly [string, string];
  /** Names of the columns; by default those of the matrices, or "class 0", "class 1", ... */
  readonly classes?: readonly string[];
  /** Plots in a row; default 4. */
  readonly columns?: number;
}

/**
 * Reliability before and after a calibration, or of two models: one small plot a class with both curves, the first dashed
 * with hollow squares, the second drawn through with filled circles, and the diagonal of a calibrated model. A mark stands
 * for a bin of probabilities: their mean, and the share of positives. The titles give both calibration errors ("l1").
 * A class without a known label gets an empty plot.
 *
 * The table has calibration errors and Brier scores, and their means over the classes with a known label.
 *
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the probability of a
 *   known label lies outside [0, 1], `bins` is not a whole number from 1, or `classes` has another length
 */
export function calibrationComparisonPlot(
  { labels, before, after, evaluatedOn }: CalibrationComparison,
  options: CalibrationComparisonOptions = {},
): Figure {
  const { names = ["before", "after"], columns = 4 } = options;
  const [first, second] = [
    rankedAs("before", labels, before, options),
    rankedAs("after", labels, after, options),
  ];
  const classes = first.classes.map((name, c) => {
    const sample = first.samples[c]!;
    const positives = sample.labels.reduce((sum, label) => sum + label, 0);
    return {
      name,
      positives,
      negatives: sample.labels.length - positives,
      unknown: first.rows - sample.labels.length,
      sides: [sideOf(sample, options), sideOf(second.samples[c]!, options)] as const,
    };
  });
  const panels = classes.map((single) => comparisonPanel(single, names, evaluatedOn));
  const mean = (of: (single: (typeof classes)[number]) => number): string => {
    const values = classes.map(of).filter((value) => !Number.isNaN(value));
    return formatNumber(values.reduce((sum, value) => sum + value, 0) / values.length);
  };
  const measured = ([a, b]: (typeof classes)[number]["sides"]) => [a.error, b.error, a.brier, b.brier];
  const table = {
    columns: [
      "finding",
      "positive",
      "negative",
      "unknown",
      ...["calibration error", "Brier score"].flatMap((what) => names.map((name) => `${what} ${name}`)),
    ],
    rows: [
      ...classes.map(({ name, positives, negatives, unknown, sides }) => [
        name,
        positives,
        negatives,
        unknown,
        ...measured(sides).map(formatNumber),
      ]),
      ["mean", "", "", "", ...[0, 1, 2, 3].map((i) => mean(({ sides }) => measured(sides)[i]!))],
    ],
  };
  return figure(`Calibration ${names.join(" and ")} on ${evaluatedOn}`, panels, table, { columns });
}

/** The samples of each class; errors name the argument by its own name. */
function rankedAs(
  argument: "before" | "after",
  labels: MatrixLike,
  probabilities: MatrixLike,
  { classes }: CalibrationComparisonOptions,
) {
  try {
    return rankedColumns(labels, probabilities, classes);
  } catch (error) {
    if (!isRadiolucentError(error, "argument") || error.argument !== "probabilities") throw error;
    throw new ArgumentError(argument, error.message.replace(/^probabilities: /, ""));
  }
}

interface Side {
  readonly bins: readonly ReliabilityBin[];
  readonly error: number;
  readonly brier: number;
}

function sideOf(sample: Sample, options: BinningOptions): Side {
  return {
    bins: reliabilityDiagram(sample.labels, sample.scores, options).filter(({ count }) => count > 0),
    error: binnedError(sample, options),
    brier: meanSquaredError(sample),
  };
}

interface ComparedClass {
  readonly name: string;
  readonly positives: number;
  readonly negatives: number;
  readonly sides: readonly [Side, Side];
}

/** The look of the first curve and of the second. */
const looks = [
  { colour: groupColours[1], shape: groupShapes[1], dash: lineDashes[1], filled: false },
  { colour: groupColours[0], shape: groupShapes[0], dash: lineDashes[0], filled: true },
] as const;

function comparisonPanel(
  { name, sides, ...counts }: ComparedClass,
  names: readonly [string, string],
  evaluatedOn: string,
): Panel {
  const known = counts.positives + counts.negatives > 0;
  const [before, after] = sides;
  return {
    title: name,
    lines: [
      `□ ${names[0]}: error ${formatNumber(before.error)}`,
      `● ${names[1]}: error ${formatNumber(after.error)}`,
      `on ${evaluatedOn}, ${positivesOf(counts)}`,
    ],
    plot: {
      width: side,
      height: side,
      layer: [
        {
          ...guideLine(diagonal),
          encoding: {
            x: unitPosition("x", { title: "predicted probability" }),
            y: unitPosition("y", { title: "share of positives" }),
          },
        },
        ...sides.map((one, i) => reliabilityLine(one.bins, looks[i]!)),
        ...(known
          ? []
          : [{ ...emptyNote("no known label"), encoding: { x: unitPosition("x"), y: unitPosition("y") } }]),
      ],
    },
  };
}

function reliabilityLine(
  bins: readonly ReliabilityBin[],
  { colour, shape, dash, filled }: (typeof looks)[number],
): Layer {
  return {
    data: {
      values: bins.map(({ meanProbability, meanLabel, count }) => ({ meanProbability, meanLabel, count })),
    },
    mark: {
      type: "line",
      color: colour,
      strokeWidth: 1.5,
      strokeDash: [...dash],
      point: {
        filled: true,
        fill: filled ? colour : "white",
        stroke: colour,
        strokeWidth: 1.5,
        shape,
        size: 34,
      },
    },
    encoding: {
      x: unitPosition("meanProbability", { title: "predicted probability" }),
      y: unitPosition("meanLabel", { title: "share of positives" }),
    },
  };
}
