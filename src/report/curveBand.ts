import {
  checkCount,
  checkLevel,
  checkResamples,
  drawFrequencies,
  groupRows,
  percentileInterval,
} from "../metrics/resampling.js";
import { knownSample, ranked, type Sample } from "../metrics/sample.js";
import { classesOf, type EvaluatedPredictions } from "./evaluated.js";

/** How the band around a curve is made. */
export interface BandOptions {
  /**
   * The patient of each row; by default the patients of `predictions.studies`. Without either each row counts for itself; but
   * there is no band when the evaluation was by patient and the patients are not known here, since it would be too narrow.
   */
  readonly groups?: ArrayLike<string | number>;
  /** How many bootstrap resamples; 0 for no band. Default 200, but 0 where several models stand in one plot. */
  readonly resamples?: number;
  /** The same seed gives the same band. Default 0. */
  readonly seed?: number | string;
  /** Pointwise confidence level in (0, 1); by default that of the evaluation. */
  readonly level?: number;
}

/** A curve over {@link bandGrid} with what the resamples make of it. */
export interface CurveBand {
  /** The curve of all samples; NaN throughout unless both labels occur. */
  readonly values: Float64Array;
  /** Lower ends; NaN where there is no band. */
  readonly lower: Float64Array;
  /** Upper ends; NaN where there is no band. */
  readonly upper: Float64Array;
  /** The summary with the ends of its interval. */
  readonly summary: { readonly value: number; readonly lower: number; readonly upper: number };
  /** Resamples without both labels; they are left out. */
  readonly undefinedResamples: number;
}

/** How a curve is read off a weighted sample that is in descending order. */
export interface Curve {
  /** Writes its height at each place of {@link bandGrid}; NaN unless both labels occur. */
  readonly trace: (sample: Sample, into: Float64Array) => void;
  /** What it comes to, as one number. */
  readonly summary: (sample: Sample) => number;
}

const steps = 100;

/** Where curves are compared: 0, 0.01, ... 1. */
export const bandGrid = Float64Array.from({ length: steps + 1 }, (_, k) => k / steps);

/**
 * Sensitivity over 1 - specificity, linear between the points of `rocCurve`; where the curve is upright, its upper end.
 */
export function traceRoc(sample: Sample, into: Float64Array): void {
  const { labels, scores, weights } = sample;
  const { positives, negatives } = totals(sample);
  into.fill(positives > 0 && negatives > 0 ? 1 : Number.NaN);
  if (Number.isNaN(into[0])) return;
  let [found, alarms, foundBefore, alarmsBefore, k] = [0, 0, 0, 0, 0];
  for (let i = 0; i < scores.length; i++) {
    if (labels[i] === 1) found += weights[i]!;
    else alarms += weights[i]!;
    if (i + 1 < scores.length && scores[i + 1] === scores[i]) continue;
    for (; k < steps && k * negatives < alarms * steps; k++) {
      const share = ((k * negatives) / steps - alarmsBefore) / (alarms - alarmsBefore);
      into[k] = (foundBefore + share * (found - foundBefore)) / positives;
    }
    foundBefore = found;
    alarmsBefore = alarms;
  }
}

/**
 * Precision over recall, as the steps whose sum is the average precision: that of the highest threshold that reaches the
 * recall, and at recall 0 that of the first one that finds a positive.
 */
export function tracePrecision(sample: Sample, into: Float64Array): void {
  const { labels, scores, weights } = sample;
  const { positives, negatives } = totals(sample);
  into.fill(Number.NaN);
  if (!(positives > 0 && negatives > 0)) return;
  let [found, alarms, k] = [0, 0, 0];
  for (let i = 0; i < scores.length && k <= steps; i++) {
    if (labels[i] === 1) found += weights[i]!;
    else alarms += weights[i]!;
    if (found === 0 || (i + 1 < scores.length && scores[i + 1] === scores[i])) continue;
    for (; k <= steps && k * positives <= found * steps; k++) into[k] = found / (found + alarms);
  }
}

/**
 * The curve of each class, with a pointwise band: patients (rows without `groups`) are drawn with replacement, as many as
 * there are, the same for all classes; at each place of the grid the band is the percentile interval of the resampled
 * curves' heights. For ROC curves this is vertical averaging (Fawcett, Pattern Recognition Letters 2006, section 9). Each
 * place has its level by itself; the whole curve lies within the band less often.
 *
 * No resample is sorted: a row's frequency becomes the weight of its place in the ranking of all rows.
 *
 * @throws ArgumentError when the evaluation is not one of these predictions, there are not as many groups as rows, an id is
 *   empty, `resamples` is not a whole number from 0, or the level is outside (0, 1)
 */
export function curveBands(input: EvaluatedPredictions, curve: Curve, options: BandOptions): CurveBand[] {
  const { resamples = 200, seed = 0, level = input.evaluation.intervals.level } = options;
  checkLevel(level);
  checkResamples(resamples);
  const samples = classesOf(input).map(({ labels, probabilities, measures: { name } }) =>
    ranked(knownSample(labels, probabilities, { argument: "probabilities", place: `class "${name}", ` })),
  );
  const patients = patientsOf(input, options.groups);
  const groups = patients && groupRows(patients);
  const drawn = groups === undefined ? 0 : resamples;
  const classes = samples.map((sample) => ({
    sample,
    resampled: { ...sample, weights: new Float64Array(sample.rows.length) },
    groupOf: sample.rows.map((row) => groups?.groupOf[row] ?? 0),
    curves: Array.from({ length: drawn }, () => new Float64Array(bandGrid.length)),
    summaries: new Float64Array(drawn),
  }));
  if (groups !== undefined) {
    let resample = 0;
    for (const frequency of drawFrequencies(groups.count, resamples, seed)) {
      for (const { resampled, groupOf, curves, summaries } of classes) {
        for (let i = 0; i < groupOf.length; i++) resampled.weights[i] = frequency[groupOf[i]!]!;
        curve.trace(resampled, curves[resample]!);
        summaries[resample] = curve.summary(resampled);
      }
      resample++;
    }
  }
  return classes.map(({ sample, curves, summaries }) => {
    const values = new Float64Array(bandGrid.length);
    curve.trace(sample, values);
    const ends = Array.from(bandGrid, (_, k) =>
      percentileInterval(
        Float64Array.from(curves, (heights) => heights[k]!),
        level,
      ),
    );
    const { lower, upper } = percentileInterval(summaries, level);
    return {
      values,
      lower: Float64Array.from(ends, (end) => end.lower),
      upper: Float64Array.from(ends, (end) => end.upper),
      summary: { value: curve.summary(sample), lower, upper },
      undefinedResamples: ends[0]!.undefinedResamples,
    };
  });
}

/** Who is drawn; undefined where the evaluation knew the patients and we don't. */
function patientsOf(
  { predictions: { studies }, evaluation }: EvaluatedPredictions,
  groups: BandOptions["groups"],
): ArrayLike<string | number> | undefined {
  const rows = evaluation.samples;
  const patients = groups ?? studies?.map(({ patientId }) => patientId);
  if (patients === undefined) {
    return evaluation.patients === undefined ? Int32Array.from({ length: rows }, (_, row) => row) : undefined;
  }
  checkCount(groups === undefined ? "predictions.studies" : "options.groups", patients, rows);
  return patients;
}

function totals({ labels, weights }: Sample): { readonly positives: number; readonly negatives: number } {
  let positives = 0;
  let all = 0;
  for (let i = 0; i < labels.length; i++) {
    all += weights[i]!;
    positives += weights[i]! * labels[i]!;
  }
  return { positives, negatives: all - positives };
}
