import { ArgumentError } from "../errors.js";
import { type Confusion, decide } from "../metrics/confusionAt.js";
import { knownSample } from "../metrics/sample.js";
import { classesOf, type EvaluatedPredictions } from "./evaluated.js";
import { type Figure, figure } from "./figure.js";
import { formatCount, formatNumber, formatPercent, formatThreshold } from "./format.js";
import { shadeOf, textOn } from "./shades.js";
import { colours, type Panel } from "./theme.js";

/** How decisions are made and shown. */
export interface ConfusionPlotOptions {
  /**
   * A probability counts as positive when probability >= threshold: one number for all classes, or one a class; NaN for a
   * class without one. By default those of the evaluation.
   */
  readonly thresholds?: number | ArrayLike<number>;
  /** Plots in a row; default 4. */
  readonly columns?: number;
}

/**
 * Confusion matrices, one small plot a class: above the images with the finding, below those without; left those that are
 * called positive, right the others. So the first cell has the true positives, where scikit-learn's matrix begins with the
 * true negatives. Each cell has its count and its share of the row, which also shades it: the upper left share is the
 * sensitivity, the lower right one the specificity. A row without an image has no shares; a class without a threshold has
 * no numbers.
 *
 * @param options `thresholds`, `columns`
 * @throws ArgumentError when the evaluation is not one of these predictions, or `thresholds` has another length
 */
export function confusionPlot(input: EvaluatedPredictions, options: ConfusionPlotOptions = {}): Figure {
  const { thresholds, columns = 4 } = options;
  const classes = classesOf(input);
  if (typeof thresholds === "object" && thresholds.length !== classes.length) {
    throw new ArgumentError(
      "options.thresholds",
      `has ${thresholds.length} values for ${classes.length} classes`,
    );
  }
  const decided = classes.map(({ measures, labels, probabilities }, c): DecidedClass => {
    const given = typeof thresholds === "object" ? thresholds[c] : thresholds;
    const threshold = given ?? measures.threshold ?? Number.NaN;
    const confusion = decide(knownSample(labels, probabilities), threshold);
    return { ...confusion, name: measures.name, unknown: measures.unknown, threshold };
  });
  const table = {
    columns: [
      "finding",
      "threshold",
      "true positive",
      "false negative",
      "false positive",
      "true negative",
      "unknown",
      "sensitivity",
      "specificity",
      "precision",
      "F1",
    ],
    rows: decided.map((row) => [
      row.name,
      formatThreshold(row.threshold),
      row.truePositives,
      row.falseNegatives,
      row.falsePositives,
      row.trueNegatives,
      row.unknown,
      ...[row.sensitivity, row.specificity, row.precision, row.f1].map(formatNumber),
    ]),
  };
  return figure(
    `Confusion matrices on ${input.evaluatedOn}`,
    decided.map((row) => confusionPanel(row, input.evaluatedOn)),
    table,
    { columns },
  );
}

interface DecidedClass extends Confusion {
  readonly name: string;
  readonly unknown: number;
  readonly threshold: number;
}

const rows = ["present", "absent"];
const calls = ["called", "not called"];

function confusionPanel(decided: DecidedClass, evaluatedOn: string): Panel {
  const { name, threshold, unknown, precision, f1 } = decided;
  const { truePositives, falseNegatives, falsePositives, trueNegatives } = decided;
  const counts = [
    [truePositives, falseNegatives],
    [falsePositives, trueNegatives],
  ] as const;
  const cells = counts.flatMap((row, r) =>
    row.map((count, c) => {
      const share = count / (row[0] + row[1]);
      const known = !Number.isNaN(share);
      return {
        label: rows[r]!,
        call: calls[c]!,
        count,
        share: known ? share : null,
        countText: Number.isNaN(count) ? "–" : formatCount(count),
        shareText: known ? formatPercent(share) : "–",
        fill: known ? shadeOf(share) : colours.grid,
        ink: known ? textOn(share) : "black",
      };
    }),
  );
  const text = (field: string, dy: number, fontSize: number) => ({
    mark: { type: "text" as const, dy, fontSize },
    encoding: {
      text: { field },
      color: { field: "ink", type: "nominal" as const, scale: null },
    },
  });
  const axis = { domain: false, ticks: false, labelAngle: 0, labelPadding: 6 };
  return {
    title: name,
    lines: [
      Number.isNaN(threshold) ? "no threshold" : `called at ${formatThreshold(threshold)} or above`,
      `precision ${formatNumber(precision)}, F1 ${formatNumber(f1)}`,
      `on ${evaluatedOn}${unknown > 0 ? `, ${formatCount(unknown)} unknown` : ""}`,
    ],
    plot: {
      width: 150,
      height: 96,
      data: { values: cells },
      encoding: {
        x: {
          field: "call",
          type: "nominal",
          scale: { domain: calls },
          title: null,
          axis: { ...axis, orient: "top" },
        },
        y: { field: "label", type: "nominal", scale: { domain: rows }, title: null, axis },
      },
      layer: [
        {
          mark: { type: "rect", stroke: colours.line, strokeWidth: 1 },
          encoding: { color: { field: "fill", type: "nominal", scale: null } },
        },
        text("countText", -7, 13),
        text("shareText", 9, 11),
      ],
    },
  };
}
