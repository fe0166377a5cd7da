import type { TopLevelSpec } from "vega-lite";
import { type ReliabilityBin, reliabilityDiagram } from "../metrics/calibrationError.js";
import { normalQuantile } from "../metrics/normal.js";
import { classesOf, type EvaluatedClass, type EvaluatedPredictions } from "./evaluated.js";
import { formatInterval, positivesOf } from "./format.js";
import { colours, type Panel, sideBySide } from "./theme.js";

/**
 * Reliability diagrams, one small plot a class: in each bin of predicted probability the share of positives, with its
 * interval as a bar, against the diagonal of a calibrated model; below, how many images each bin holds, on a logarithmic
 * scale. The bins are those of the evaluation's calibration error, the level is that of its intervals; each image counts
 * for itself (Wilson, Probable inference, J. Am. Stat. Assoc. 1927). A class without a known label gets an empty plot.
 *
 * @param columns plots in a row
 * @throws ArgumentError when the evaluation is not one of these predictions
 */
export function reliabilityPlot(
  input: EvaluatedPredictions,
  { columns = 4 }: { readonly columns?: number } = {},
): TopLevelSpec {
  return sideBySide(reliabilityPanels(input), columns);
}

/** The plots of {@link reliabilityPlot}, one a class. */
export function reliabilityPanels(input: EvaluatedPredictions): Panel[] {
  return classesOf(input).map((single) => reliabilityPanel(single, input));
}

function reliabilityPanel(
  { measures, labels, probabilities }: EvaluatedClass,
  { evaluation: { binning, intervals }, evaluatedOn }: EvaluatedPredictions,
): Panel {
  const bins = reliabilityDiagram(labels, probabilities, binning).filter((bin) => bin.count > 0);
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
          width: 150,
          height: 150,
          layer: [
            {
              data: { values: [{ at: 0 }, { at: 1 }] },
              mark: { type: "line", color: colours.line, strokeWidth: 1, strokeDash: [3, 3] },
              encoding: { x: share("at", { title: null, labels: false }), y: share("at") },
            },
            {
              data: { values: bins.map((bin) => withInterval(bin, intervals.level)) },
              mark: { type: "rule", color: colours.blue, strokeWidth: 1.5, opacity: 0.45 },
              encoding: {
                x: share("meanProbability"),
                y: share("lower", { title: "share of positives", minExtent }),
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
              encoding: { x: share("meanProbability"), y: share("meanLabel") },
            },
          ],
        },
        {
          width: 150,
          height: 36,
          data: { values: bins.map(({ lower, upper, count }) => ({ lower, upper, count })) },
          mark: { type: "bar", color: colours.line, binSpacing: 1 },
          encoding: {
            x: { ...share("lower", { title: "predicted probability" }), bin: "binned" },
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

/** A position from 0 to 1. */
function share(
  field: string,
  axis: { readonly title?: string | null; readonly labels?: boolean; readonly minExtent?: number } = {},
) {
  return {
    field,
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { values: [0, 0.5, 1], format: "~g", ...axis },
  };
}

/** Share of positives of a bin with its Wilson score interval. */
function withInterval({ meanProbability, meanLabel, count }: ReliabilityBin, level: number) {
  const z = normalQuantile((1 + level) / 2);
  const scale = 1 + z ** 2 / count;
  const centre = (meanLabel + z ** 2 / (2 * count)) / scale;
  const half = (z * Math.sqrt((meanLabel * (1 - meanLabel)) / count + (z / (2 * count)) ** 2)) / scale;
  return { meanProbability, meanLabel, count, lower: centre - half, upper: centre + half };
}
