import type { TopLevelSpec } from "vega-lite";
import { rocCurve } from "../metrics/rocCurve.js";
import { classesOf, type EvaluatedClass, type EvaluatedPredictions } from "./evaluated.js";
import { formatInterval, oneClassReason, positivesOf } from "./format.js";
import { colours, type Layer, type Panel, sideBySide } from "./theme.js";

/**
 * ROC curves, one small plot a class with the diagonal of a guess; the titles give the area under the curve, its
 * interval and the set. The points are those of `rocCurve`, less those that are nearer than 0.002 to the one before. A class
 * without both labels gets an empty plot that says why.
 *
 * @param columns plots in a row
 * @throws ArgumentError when the evaluation is not one of these predictions
 */
export function rocPlot(
  input: EvaluatedPredictions,
  { columns = 4 }: { readonly columns?: number } = {},
): TopLevelSpec {
  return sideBySide(rocPanels(input), columns);
}

/** The plots of {@link rocPlot}, one a class. */
export function rocPanels(input: EvaluatedPredictions): Panel[] {
  return classesOf(input).map((single) => rocPanel(single, input.evaluatedOn));
}

function rocPanel({ measures, labels, probabilities }: EvaluatedClass, evaluatedOn: string): Panel {
  const reason = oneClassReason(measures);
  const points = reason === undefined ? curvePoints(labels, probabilities) : [];
  return {
    title: measures.name,
    lines: [`AUC ${formatInterval(measures.auc)}`, `on ${evaluatedOn}, ${positivesOf(measures)}`],
    plot: {
      width: 150,
      height: 150,
      encoding: {
        x: {
          field: "falsePositiveRate",
          type: "quantitative",
          scale: unit,
          axis: { ...axis, title: "1 − specificity" },
        },
        y: {
          field: "truePositiveRate",
          type: "quantitative",
          scale: unit,
          axis: { ...axis, title: "sensitivity" },
        },
      },
      layer: [
        {
          data: {
            values: [
              { falsePositiveRate: 0, truePositiveRate: 0 },
              { falsePositiveRate: 1, truePositiveRate: 1 },
            ],
          },
          mark: { type: "line", color: colours.line, strokeWidth: 1, strokeDash: [3, 3] },
        },
        {
          data: { values: points },
          mark: { type: "line", color: colours.blue, strokeWidth: 2, strokeJoin: "round", order: false },
        },
        ...(reason === undefined ? [] : [note(reason)]),
      ],
    },
  };
}

const unit = { domain: [0, 1] };
const axis = { values: [0, 0.5, 1], format: "~g" };

/** Says within a unit square why it is empty. */
function note(text: string): Layer {
  return {
    data: { values: [{ falsePositiveRate: 0.5, truePositiveRate: 0.5 }] },
    mark: { type: "text", text, color: colours.text, fontSize: 11, dy: 40 },
  };
}

interface CurvePoint {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/** The curve without the points that would not be seen: those hardly further than the one before, but never the last. */
function curvePoints(labels: Float64Array, probabilities: Float64Array): CurvePoint[] {
  const { falsePositiveRate, truePositiveRate } = rocCurve(labels, probabilities);
  const visible = 0.002;
  const points: CurvePoint[] = [];
  for (let i = 0; i < falsePositiveRate.length; i++) {
    const point = { falsePositiveRate: falsePositiveRate[i]!, truePositiveRate: truePositiveRate[i]! };
    const last = points.at(-1);
    if (
      last === undefined ||
      i === falsePositiveRate.length - 1 ||
      point.falsePositiveRate - last.falsePositiveRate >= visible ||
      point.truePositiveRate - last.truePositiveRate >= visible
    ) {
      points.push(point);
    }
  }
  return points;
}
