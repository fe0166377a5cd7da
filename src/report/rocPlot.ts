import { rankMetrics } from "../metrics/rankMetrics.js";
import { rocCurve } from "../metrics/rocCurve.js";
import { type BandOptions, bandGrid, type CurveBand, curveBands, traceRoc } from "./curveBand.js";
import { curvePanel } from "./curvePanel.js";
import { classesOf, type EvaluatedClass, type EvaluatedPredictions } from "./evaluated.js";
import { type Figure, type FigureTable, figure } from "./figure.js";
import {
  formatEnds,
  formatInterval,
  formatNumber,
  formatThreshold,
  oneClassReason,
  positivesOf,
} from "./format.js";
import type { Panel } from "./theme.js";
import { diagonal } from "./unitSquare.js";
import { visiblePoints } from "./visiblePoints.js";

/** How curves are drawn. */
export interface CurvePlotOptions extends BandOptions {
  /** Plots in a row; default 4. */
  readonly columns?: number;
}

/**
 * ROC curves, one small plot a class with the diagonal of a guess; the titles give the area under the curve, its
 * interval and the set. The points are those of `rocCurve`, less those that are nearer than 0.002 to the one before. A class
 * without both labels gets an empty plot that says why. Where the evaluation has thresholds, a diamond marks each.
 *
 * The band is pointwise: at each of 101 values of 1 - specificity the percentile interval of the sensitivity over bootstrap
 * resamples of patients (Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 2006, vertical averaging). So
 * at one specificity it holds the sensitivity with its level; the whole curve lies within it less often. Resamples without
 * both labels are left out, and counted in the table if there are any. The interval of the area is the evaluation's.
 *
 * The table has for each class the sensitivity at a 1 - specificity of 0.05, 0.1 and 0.2, linear between the points of the
 * curve, with the band's ends there.
 *
 * @param options how the band is made, and `columns`
 * @throws ArgumentError when the evaluation is not one of these predictions, there are not as many groups as rows, an id is
 *   empty, `resamples` is not a whole number from 0, or the level is outside (0, 1)
 */
export function rocPlot(input: EvaluatedPredictions, options: CurvePlotOptions = {}): Figure {
  const bands = curveBands(input, { trace: traceRoc, summary: (sample) => rankMetrics(sample).auc }, options);
  const classes = classesOf(input);
  const panels = classes.map((single, c) => rocPanel(single, bands[c]!, input.evaluatedOn));
  return figure(`ROC curves on ${input.evaluatedOn}`, panels, rocTable(classes, bands), {
    columns: options.columns ?? 4,
  });
}

function rocPanel(
  { measures, labels, probabilities }: EvaluatedClass,
  band: CurveBand,
  evaluatedOn: string,
): Panel {
  const reason = oneClassReason(measures);
  const curve = rocCurve(labels, probabilities);
  return curvePanel({
    title: measures.name,
    lines: [`AUC ${formatInterval(measures.auc)}`, `on ${evaluatedOn}, ${positivesOf(measures)}`],
    across: "1 − specificity",
    up: "sensitivity",
    guide: diagonal,
    points: reason === undefined ? visiblePoints(curve.falsePositiveRate, curve.truePositiveRate) : [],
    steps: false,
    band,
    threshold: measures.threshold,
    chosen: { x: 1 - (measures.specificity ?? Number.NaN), y: measures.sensitivity ?? Number.NaN },
    reason,
  });
}

/** Places of the grid that the table shows. */
const shown = [5, 10, 20];

function rocTable(classes: readonly EvaluatedClass[], bands: readonly CurveBand[]): FigureTable {
  const decided = classes.some(({ measures }) => measures.threshold !== undefined);
  const leftOut = anyLeftOut(bands);
  return {
    columns: [
      "finding",
      "positive",
      "negative",
      "AUC",
      ...shown.map((k) => `sensitivity at 1 − specificity ${bandGrid[k]}`),
      ...(decided ? ["threshold", "sensitivity", "specificity"] : []),
      ...(leftOut ? ["resamples left out"] : []),
    ],
    rows: classes.map(({ measures }, c) => {
      const { values, lower, upper, undefinedResamples } = bands[c]!;
      const { name, positives, negatives, auc } = measures;
      const { threshold = Number.NaN, sensitivity = Number.NaN, specificity = Number.NaN } = measures;
      return [
        name,
        positives,
        negatives,
        formatInterval(auc),
        ...shown.map((k) => withEnds(values[k]!, lower[k]!, upper[k]!)),
        ...(decided
          ? [formatThreshold(threshold), formatNumber(sensitivity), formatNumber(specificity)]
          : []),
        ...(leftOut ? [undefinedResamples] : []),
      ];
    }),
  };
}

/** Whether resamples of a class with both labels were without one. */
export const anyLeftOut = (bands: readonly CurveBand[]): boolean =>
  bands.some(({ values, undefinedResamples }) => !Number.isNaN(values[0]!) && undefinedResamples > 0);

/** A value with its interval, as "0.874 [0.812, 0.921]". */
export const withEnds = (value: number, lower: number, upper: number): string =>
  Number.isNaN(value)
    ? formatNumber(value)
    : [formatNumber(value), formatEnds({ lower, upper })].filter(Boolean).join(" ");
