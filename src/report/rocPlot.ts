import { rankMetrics } from "../metrics/rankMetrics.js";
import { rocCurve } from "../metrics/rocCurve.js";
import { comparedModels } from "./comparedModels.js";
import { type BandOptions, bandGrid, type Curve, type CurveBand, curveBands, traceRoc } from "./curveBand.js";
import { curvePanel } from "./curvePanel.js";
import type { EvaluatedClass, EvaluatedPredictions } from "./evaluated.js";
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
import { diagonal, type Point } from "./unitSquare.js";
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
 * Several models, given by name, lie over each other: a curve a model in each plot, which differ by colour and dash (the
 * sixth has the first one's again) and have one legend. They must be of the same rows and classes. Curves that cross or
 * intervals that overlap don't tell whether the areas differ: for that there is `compareAucs`.
 *
 * ```ts
 * const plain = { predictions, evaluation, evaluatedOn: "test" };
 * rocPlot(plain); // one model
 * rocPlot({ plain, weighted: { predictions: second, evaluation: evaluationOfSecond, evaluatedOn: "test" } });
 * ```
 *
 * The band is pointwise: at each of 101 values of 1 - specificity the percentile interval of the sensitivity over bootstrap
 * resamples of patients (Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 2006, vertical averaging). So
 * at one specificity it holds the sensitivity with its level; the whole curve lies within it less often. Resamples without
 * both labels are left out, and counted in the table if there are any. The interval of the area is the evaluation's. Several
 * models have bands only where `resamples` is given; all are drawn from the same resamples.
 *
 * The table has for each class (and model, where they have names) the sensitivity at a 1 - specificity of 0.05, 0.1 and 0.2,
 * linear between the points of the curve, with the band's ends there.
 *
 * @param input the evaluated predictions of one model, or those of several by name
 * @param options how the band is made, and `columns`
 * @throws ArgumentError when the evaluation is not one of these predictions, there are not as many groups as rows, an id is
 *   empty, `resamples` is not a whole number from 0, or the level is outside (0, 1); of models by name also when there is none,
 *   or when two differ in the name of the set, the number of rows, a class or the order of the classes, a label (NaN equals
 *   NaN), the level of the intervals, or a row's patient where both know it
 */
export function rocPlot(
  input: EvaluatedPredictions | Readonly<Record<string, EvaluatedPredictions>>,
  options: CurvePlotOptions = {},
): Figure {
  const models = comparedModels(input);
  const resamples = options.resamples ?? (models.length > 1 ? 0 : undefined);
  const traced = models.map((model) => ({
    ...model,
    bands: curveBands(model.evaluated, curve, { ...options, ...(resamples !== undefined && { resamples }) }),
  }));
  const { evaluatedOn } = models[0].evaluated;
  const names = models.flatMap(({ name }) => name ?? []);
  const classes = models[0].classes.map((_, c) =>
    traced.map(({ name, classes, bands }) => ({ name, ...classes[c]!, band: bands[c]! })),
  );
  const of = names.length > 0 ? ` of ${new Intl.ListFormat("en-GB").format(names)}` : "";
  const panels = classes.map((single) => rocPanel(single, names, evaluatedOn));
  return figure(`ROC curves${of} on ${evaluatedOn}`, panels, rocTable(classes.flat()), {
    columns: options.columns ?? 4,
    ...(names.length > 0 && { legends: "shared" as const }),
  });
}

const curve: Curve = { trace: traceRoc, summary: (sample) => rankMetrics(sample).auc };

/** A class as one model predicts it. */
interface TracedClass extends EvaluatedClass {
  readonly name: string | undefined;
  readonly band: CurveBand;
}

function rocPanel(ofModels: readonly TracedClass[], names: readonly string[], evaluatedOn: string): Panel {
  const { measures } = ofModels[0]!;
  const reason = oneClassReason(measures);
  return curvePanel({
    title: measures.name,
    lines: [
      ...ofModels.map(
        ({ name, measures: { auc } }) => `${name === undefined ? "" : `${name}: `}AUC ${formatInterval(auc)}`,
      ),
      `on ${evaluatedOn}, ${positivesOf(measures)}`,
    ],
    across: "1 − specificity",
    up: "sensitivity",
    guide: diagonal,
    curves: ofModels.map((single) => ({
      points: reason === undefined ? rocPoints(single) : [],
      band: single.band,
      threshold: single.measures.threshold,
      chosen: {
        x: 1 - (single.measures.specificity ?? Number.NaN),
        y: single.measures.sensitivity ?? Number.NaN,
      },
    })),
    ...(names.length > 0 && { names }),
    steps: false,
    reason,
  });
}

function rocPoints({ labels, probabilities }: EvaluatedClass): Point[] {
  const { falsePositiveRate, truePositiveRate } = rocCurve(labels, probabilities);
  return visiblePoints(falsePositiveRate, truePositiveRate);
}

/** Places of the grid that the table shows. */
const shown = [5, 10, 20];

function rocTable(rows: readonly TracedClass[]): FigureTable {
  const named = rows.some(({ name }) => name !== undefined);
  const decided = rows.some(({ measures }) => measures.threshold !== undefined);
  const leftOut = anyLeftOut(rows.map(({ band }) => band));
  return {
    columns: [
      "finding",
      ...(named ? ["model"] : []),
      "positive",
      "negative",
      "AUC",
      ...shown.map((k) => `sensitivity at 1 − specificity ${bandGrid[k]}`),
      ...(decided ? ["threshold", "sensitivity", "specificity"] : []),
      ...(leftOut ? ["resamples left out"] : []),
    ],
    rows: rows.map(({ name: model = "", measures, band }) => {
      const { values, lower, upper, undefinedResamples } = band;
      const { name, positives, negatives, auc } = measures;
      const { threshold = Number.NaN, sensitivity = Number.NaN, specificity = Number.NaN } = measures;
      return [
        name,
        ...(named ? [model] : []),
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
