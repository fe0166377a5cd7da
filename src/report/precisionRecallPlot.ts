import { confusionAt } from "../metrics/confusionAt.js";
import { precisionRecallCurve } from "../metrics/precisionRecallCurve.js";
import { rankMetrics } from "../metrics/rankMetrics.js";
import { type CurveBand, curveBands, tracePrecision } from "./curveBand.js";
import { curvePanel } from "./curvePanel.js";
import { classesOf, type EvaluatedClass, type EvaluatedPredictions } from "./evaluated.js";
import { type Figure, type FigureTable, figure } from "./figure.js";
import { formatNumber, oneClassReason, positivesOf } from "./format.js";
import { anyLeftOut, type CurvePlotOptions, withEnds } from "./rocPlot.js";
import type { Panel } from "./theme.js";
import type { Point } from "./unitSquare.js";
import { visiblePoints } from "./visiblePoints.js";

/**
 * Precision-recall curves, one small plot a class, with a dashed line at the prevalence, which chance reaches. The curve has
 * steps, since its area is then the average precision, which is not interpolated: back to the recall of the threshold
 * above, the precision is that of the threshold. Thresholds that find no further positive are not on it, nor are those
 * that are nearer than 0.002 to the one before. A class without both labels gets an empty plot that says why. Where the
 * evaluation has thresholds, a diamond marks each; it lies a little off the curve where the last images called are negatives.
 *
 * The band is pointwise: at each of 101 values of recall the percentile interval of the precision over bootstrap resamples
 * of patients. The interval of the average precision is the percentile interval of the same resamples. Both are too narrow
 * for a few positives. Precision depends on the prevalence: curves of sets of different prevalence can't be compared.
 *
 * The table has for each class the average precision and the precision at a recall of 0.5, 0.8 and 0.9 with the band's ends.
 *
 * @param options how the band is made, and `columns`
 * @throws ArgumentError when the evaluation is not one of these predictions, there are not as many groups as rows, an id is
 *   empty, `resamples` is not a whole number from 0, or the level is outside (0, 1)
 */
export function precisionRecallPlot(input: EvaluatedPredictions, options: CurvePlotOptions = {}): Figure {
  const curve = { trace: tracePrecision, summary: averagePrecisionOf };
  const bands = curveBands(input, curve, options);
  const classes = classesOf(input);
  const panels = classes.map((single, c) => precisionPanel(single, bands[c]!, input.evaluatedOn));
  return figure(`Precision-recall curves on ${input.evaluatedOn}`, panels, precisionTable(classes, bands), {
    columns: options.columns ?? 4,
  });
}

const averagePrecisionOf = (sample: Parameters<typeof rankMetrics>[0]): number =>
  rankMetrics(sample).averagePrecision;

function precisionPanel(single: EvaluatedClass, band: CurveBand, evaluatedOn: string): Panel {
  const { measures } = single;
  const { value, lower, upper } = band.summary;
  const { prevalence } = measures;
  const reason = oneClassReason(measures);
  return curvePanel({
    title: measures.name,
    lines: [
      `average precision ${withEnds(value, lower, upper)}`,
      `on ${evaluatedOn}, ${positivesOf(measures)}${reason === undefined ? " (dashed)" : ""}`,
    ],
    across: "recall (sensitivity)",
    up: "precision",
    guide: [
      { x: 0, y: prevalence },
      { x: 1, y: prevalence },
    ],
    curves: [
      {
        points: reason === undefined ? stepPoints(single) : [],
        band,
        threshold: measures.threshold,
        chosen: chosenOf(single),
      },
    ],
    steps: true,
    reason,
  });
}

/** Where the recall rises, from recall 0 on. */
function stepPoints({ labels, probabilities }: EvaluatedClass): Point[] {
  const { precision, recall } = precisionRecallCurve(labels, probabilities);
  const rising: number[] = [];
  for (let i = recall.length - 2; i >= 0; i--) if (recall[i]! > recall[i + 1]!) rising.push(i);
  const first = rising[0];
  return visiblePoints(
    Float64Array.from([0, ...rising.map((i) => recall[i]!)]),
    Float64Array.from([first, ...rising].map((i) => precision[i!]!)),
  );
}

function chosenOf({ measures: { threshold = Number.NaN }, labels, probabilities }: EvaluatedClass): Point {
  if (Number.isNaN(threshold)) return { x: Number.NaN, y: Number.NaN };
  const { sensitivity, precision } = confusionAt(labels, probabilities, threshold);
  return { x: sensitivity, y: precision };
}

/** Places of the grid that the table shows. */
const shown = [50, 80, 90];

function precisionTable(classes: readonly EvaluatedClass[], bands: readonly CurveBand[]): FigureTable {
  const leftOut = anyLeftOut(bands);
  return {
    columns: [
      "finding",
      "positive",
      "negative",
      "prevalence",
      "average precision",
      ...shown.map((k) => `precision at recall ${k / 100}`),
      ...(leftOut ? ["resamples left out"] : []),
    ],
    rows: classes.map(({ measures: { name, positives, negatives, prevalence } }, c) => {
      const { values, lower, upper, summary, undefinedResamples } = bands[c]!;
      return [
        name,
        positives,
        negatives,
        formatNumber(prevalence),
        withEnds(summary.value, summary.lower, summary.upper),
        ...shown.map((k) => withEnds(values[k]!, lower[k]!, upper[k]!)),
        ...(leftOut ? [undefinedResamples] : []),
      ];
    }),
  };
}
