import { type ReliabilityBin, reliabilityDiagram } from "../metrics/calibrationError.js";
import { wilsonInterval } from "../metrics/wilsonInterval.js";
import { classesOf, type EvaluatedClass, type EvaluatedPredictions } from "./evaluated.js";
import { type Figure, figure } from "./figure.js";
import { formatInterval, formatNumber, positivesOf } from "./format.js";
import { withEnds } from "./rocPlot.js";
import { colours, type Panel } from "./theme.js";
import { diagonal, emptyNote, guideLine, side, unitPosition } from "./unitSquare.js";

/**
 * Reliability diagrams, one small plot a class: in each bin of predicted probability the share of positives, with its
 * interval as a bar, against the diagonal of a calibrated model; below, how many images each bin holds, on a logarithmic
 * scale. The bins are those of the evaluation's calibration error, the level is that of its intervals; each image counts
 * for itself (Wilson, Probable inference, J. Am. Stat. Assoc. 1927). A class without a known label gets an empty plot.
 *
 * The table has the bins that are not empty.
 *
 * @param options `columns`: plots in a row; default 4
 * @throws ArgumentError when the evaluation is not one of these predictions
 */
export function reliabilityPlot(
  input: EvaluatedPredictions,
  { columns = 4 }: { readonly columns?: number } = {},
): Figure {
  const { evaluation, evaluatedOn } = input;
  const classes = classesOf(input).map((single) => ({ ...single, bins: filledBins(single, evaluation) }));
  const table = {
    columns: ["finding", "from", "to", "images", "mean probability", "share of positives"],
    rows: classes.flatMap(({ measures, bins }) =>
      bins.map((bin) => [
        measures.name,
        formatNumber(bin.lower),
        formatNumber(bin.upper),
        bin.count,
        formatNumber(bin.meanProbability),
        withEnds(bin.meanLabel, bin.ends.lower, bin.ends.upper),
      ]),
    ),
  };
  const panels = classes.map(({ bins, ...single }) => reliabilityPanel(single, bins, evaluatedOn));
  return figure(`Reliability diagrams on ${evaluatedOn}`, panels, table, { columns });
}

interface FilledBin extends ReliabilityBin {
  /** Of the share of positives. */
  readonly ends: { readonly lower: number; readonly upper: number };
}

function filledBins(
  { labels, probabilities }: EvaluatedClass,
  { binning, intervals: { level } }: EvaluatedPredictions["evaluation"],
): FilledBin[] {
  return reliabilityDiagram(labels, probabilities, binning)
    .filter((bin) => bin.count > 0)
    .map((bin) => ({
      ...bin,
      ends: wilsonInterval(Math.round(bin.meanLabel * bin.count), bin.count, { level }),
    }));
}

function reliabilityPanel(
  { measures }: EvaluatedClass,
  bins: readonly FilledBin[],
  evaluatedOn: string,
): Panel {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  return {
    title: measures.name,
    lines: [
      `error ${formatInterval(measures.calibrationError)}`,
      `on ${evaluatedOn}, ${positivesOf(measures)}`,
    ],
    plot: {
      spacing: 8,
      bounds: "flush",
      vconcat: [
        {
          width: side,
          height: side,
          layer: [
            {
              ...guideLine(diagonal),
              encoding: { x: unitPosition("x", { title: null, labels: false }), y: unitPosition("y") },
            },
            {
              data: {
                values: bins.map(({ meanProbability, ends: { lower, upper } }) => ({
                  meanProbability,
                  lower,
                  upper,
                })),
              },
              mark: { type: "rule", color: colours.blue, strokeWidth: 1.5, opacity: 0.45 },
              encoding: {
                x: unitPosition("meanProbability"),
                y: unitPosition("lower", { title: "share of positives", minExtent }),
                y2: { field: "upper" },
              },
            },
            {
              data: {
                values: bins.map(({ meanProbability, meanLabel }) => ({ meanProbability, meanLabel })),
              },
              mark: {
                type: "line",
                color: colours.blue,
                strokeWidth: 1.5,
                point: { filled: true, size: 28, color: colours.blue },
              },
              encoding: { x: unitPosition("meanProbability"), y: unitPosition("meanLabel") },
            },
            ...(bins.length > 0 ? [] : [noLabelNote]),
          ],
        },
        {
          width: side,
          height: 36,
          data: { values: bins.map(({ lower, upper, count }) => ({ lower, upper, count })) },
          mark: { type: "bar", color: colours.line, binSpacing: 1 },
          encoding: {
            x: { ...unitPosition("lower", { title: "predicted probability" }), bin: "binned" },
            x2: { field: "upper" },
            y: {
              field: "count",
              type: "quantitative",
              scale: { type: "symlog", domain: [0, most] },
              axis: { values: [1, 10, 100, 1000, 10_000, 100_000], format: "~s", title: "images", minExtent },
            },
          },
        },
      ],
    },
  };
}

/** Room for the numbers of a vertical axis, so that all plots are equally wide. */
const minExtent = 32;

const noLabelNote = {
  ...emptyNote("no known label"),
  encoding: { x: unitPosition("x"), y: unitPosition("y") },
};
