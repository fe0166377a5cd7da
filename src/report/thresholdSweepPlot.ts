import { confusionAt } from "../metrics/confusionAt.js";
import { thresholdSweep } from "../metrics/thresholdSweep.js";
import { classesOf, type EvaluatedClass, type EvaluatedPredictions } from "./evaluated.js";
import { type Figure, figure } from "./figure.js";
import { formatNumber, formatThreshold, oneClassReason, positivesOf } from "./format.js";
import { colours, groupColours, type Layer, lineDashes, type Panel } from "./theme.js";
import { emptyNote, unitPosition } from "./unitSquare.js";

const measures = ["sensitivity", "specificity", "precision", "f1"] as const;
type Measure = (typeof measures)[number];

/** How the legend calls them. */
const names: Readonly<Record<Measure, string>> = {
  sensitivity: "sensitivity",
  specificity: "specificity",
  precision: "precision",
  f1: "F1",
};

/**
 * What each threshold would do, one small plot a class: sensitivity, specificity, precision and F1 over the threshold, from 0
 * to the highest probability of the class; so the horizontal axes differ. Each is constant down to the next distinct
 * probability; thresholds at which none moves by 0.005 are left out. Where the evaluation has thresholds, an upright line
 * marks each. A class without both labels gets an empty plot that says why.
 *
 * The table has the four measures at the threshold of each class; "undefined" where there is none. A threshold chosen by
 * looking at these curves is chosen on these images: measure what it does on others.
 *
 * @param options `columns`: plots in a row; default 3
 * @throws ArgumentError when the evaluation is not one of these predictions
 */
export function thresholdSweepPlot(
  input: EvaluatedPredictions,
  { columns = 3 }: { readonly columns?: number } = {},
): Figure {
  const classes = classesOf(input).map((single) => ({ ...single, at: measuresAt(single) }));
  const table = {
    columns: ["finding", "threshold", ...measures.map((measure) => names[measure])],
    rows: classes.map(({ measures: { name, threshold = Number.NaN }, at }) => [
      name,
      formatThreshold(threshold),
      ...measures.map((measure) => formatNumber(at?.[measure] ?? Number.NaN)),
    ]),
  };
  const decided = classes.some(({ at }) => at !== undefined);
  const panels = classes.map((single) => sweepPanel(single, single.at, input.evaluatedOn, decided));
  return figure(`Threshold sweeps on ${input.evaluatedOn}`, panels, table, { columns });
}

type Measured = Readonly<Record<Measure, number>>;

function measuresAt({
  measures: { threshold },
  labels,
  probabilities,
}: EvaluatedClass): Measured | undefined {
  if (threshold === undefined || Number.isNaN(threshold)) return undefined;
  return confusionAt(labels, probabilities, threshold);
}

const width = 210;

function sweepPanel(
  { measures: of, labels, probabilities }: EvaluatedClass,
  at: Measured | undefined,
  evaluatedOn: string,
  decided: boolean,
): Panel {
  const reason = oneClassReason(of);
  const on = `on ${evaluatedOn}, ${positivesOf(of)}`;
  const { threshold = Number.NaN } = of;
  const domain = legendNames;
  const points = reason === undefined ? sweepPoints(labels, probabilities) : [];
  const shownAt = (measure: Measure) => `${names[measure]} ${formatNumber(at?.[measure] ?? Number.NaN)}`;
  return {
    title: of.name,
    lines: [
      ...(decided
        ? [
            `│ at ${formatThreshold(threshold)}: ${shownAt("f1")}, ${shownAt("precision")},`,
            `${shownAt("sensitivity")}, ${shownAt("specificity")}`,
          ]
        : []),
      on,
    ],
    plot: {
      width,
      height: 150,
      layer: [
        ...(reason === undefined && Number.isFinite(threshold) ? [thresholdLine(threshold)] : []),
        {
          data: { values: points },
          mark: { type: "line", strokeWidth: 1.75, interpolate: "step-before" },
          encoding: {
            x: across,
            y: unitPosition("value", { title: null }),
            color: {
              field: "measure",
              type: "nominal",
              legend,
              scale: { domain, range: groupColours.slice(0, domain.length) },
            },
            strokeDash: {
              field: "measure",
              type: "nominal",
              legend,
              scale: { domain, range: lineDashes.slice(0, domain.length).map((dash) => [...dash]) },
            },
          },
        },
        ...(reason === undefined
          ? []
          : [{ ...emptyNote(reason), encoding: { x: emptyAcross, y: unitPosition("y") } }]),
      ],
    },
  };
}

const across = {
  field: "threshold",
  type: "quantitative" as const,
  scale: { zero: true, nice: true },
  axis: { tickCount: 4, format: "~g", title: "threshold" },
};
const emptyAcross = { ...across, field: "x", scale: { domain: [0, 1] } };

const legendNames = measures.map((measure) => names[measure]);

const legend = {
  orient: "top" as const,
  columns: 2,
  symbolType: "stroke",
  symbolSize: 700,
  symbolStrokeWidth: 1.75,
  labelFontSize: 11,
  rowPadding: 2,
  columnPadding: 8,
};

function thresholdLine(threshold: number): Layer {
  return {
    data: { values: [{ threshold }] },
    mark: { type: "rule", color: colours.text, strokeWidth: 1 },
    encoding: { x: across },
  };
}

function sweepPoints(labels: Float64Array, probabilities: Float64Array) {
  const sweep = thresholdSweep(labels, probabilities);
  const visible = 0.005;
  const last = sweep.thresholds.length - 1;
  const points: { threshold: number; measure: string; value: number }[] = [];
  let drawn = -1;
  for (let i = 0; i <= last; i++) {
    const moved = (values: Float64Array) => Math.abs(values[i]! - values[drawn]!) >= visible;
    if (drawn >= 0 && i < last && !moved(sweep.thresholds) && !measures.some((name) => moved(sweep[name]))) {
      continue;
    }
    drawn = i;
    for (const name of measures) {
      points.push({ threshold: sweep.thresholds[i]!, measure: names[name], value: sweep[name][i]! });
    }
  }
  return points;
}
