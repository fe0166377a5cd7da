import { ArgumentError } from "../errors.js";
import { type BootstrapEnds, calibrationEnds, endsOf } from "./bootstrapEnds.js";
import type { ResamplingOptions } from "./bootstrapInterval.js";
import type { BinningOptions } from "./calibrationError.js";
import type { Interval } from "./evaluation.js";
import {
  checkCount,
  checkLevel,
  checkResamples,
  drawFrequencies,
  groupRows,
  groupsByStratum,
} from "./resampling.js";
import { knownSample } from "./sample.js";
import type { SubgroupColumn } from "./subgroupBands.js";
import type {
  Subgroup,
  SubgroupAttribute,
  SubgroupCounts,
  SubgroupEvaluation,
  SubgroupReason,
  SubgroupValue,
} from "./subgroupEvaluation.js";
import { type MetricSource, metricOf, type SubgroupMetricName } from "./subgroupMetric.js";

/** What {@link evaluateSubgroups} is told besides labels and probabilities. */
export interface SubgroupOptions extends Partial<ResamplingOptions>, BinningOptions {
  /**
   * The subgroup of each row for each attribute, such as `{ sex: ["F", "M"], age: ageBands(ages, [18, 65]) }`. Unknown is
   * undefined, null, NaN or empty text. Subgroups are shown in the order of their appearance, or that of a column's `names`.
   */
  readonly by: Readonly<Record<string, ArrayLike<string | number | null | undefined> | SubgroupColumn>>;
  /**
   * "auc" by default. A function gets row indices, with repetitions in resamples, and gives a number, NaN for undefined.
   */
  readonly metric?: SubgroupMetricName | ((rows: Int32Array) => number);
  /** For metrics of decisions: a sample counts as positive when its probability is >= this. Choose it on other samples. */
  readonly threshold?: number;
  /** Whether more is better, for a function; true by default. */
  readonly higherIsBetter?: boolean;
  /** Known samples that a subgroup needs to have a value, a whole number from 1; 20 by default. */
  readonly minimum?: number;
}

/** Some rows, their metric and its values in the resamples. */
interface Part {
  readonly value: SubgroupValue;
  readonly resampled: Float64Array;
}

/**
 * One metric of one class by subgroup: sex, age band ({@link ageBands}), view, source, count of images
 * ({@link imageCounts}), with intervals, and the gaps between subgroups with theirs.
 *
 * Intervals are percentile bootstrap intervals over patients (over rows without `groups`). Each resample gives the metric of
 * all subgroups, so the interval of a gap keeps what they share, as patients with rows in both. Rows of a single patient have
 * no interval. Many subgroups mean many comparisons, and gaps are not adjusted for their number.
 *
 * A calibration error is biased upwards, the more the fewer samples there are, so a small subgroup looks worse than it is. Its
 * intervals and those of its gaps are therefore basic bootstrap intervals, which take the bias out, as in `evaluateMultilabel`.
 *
 * ```ts
 * const evaluation = evaluateSubgroups(labels, probabilities, {
 *   by: { sex: studies.map((study) => study.sex), age: ageBands(studies.map((study) => study.ageYears), [18, 65]) },
 *   metric: "auc",
 *   groups: studies.map((study) => study.patientId),
 * });
 * const text = formatSubgroups(evaluation);
 * ```
 *
 * @param labels 1, 0, or NaN for unknown; named metrics skip samples with an unknown label
 * @param probabilities in [0, 1]; one for each label
 * @throws ArgumentError when lengths differ, a label is not 0, 1 or NaN, the probability of a known label lies outside [0, 1], the
 *   metric is unknown or wants a threshold, or another option is out of its range
 */
export function evaluateSubgroups(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: SubgroupOptions,
): SubgroupEvaluation {
  const { by, metric = "auc", resamples = 1000, seed = 0, level = 0.95, minimum = 20 } = options;
  checkLevel(level);
  checkResamples(resamples);
  if (!Number.isInteger(minimum) || minimum < 1) {
    throw new ArgumentError("options.minimum", `is ${minimum}; expected a whole number from 1`);
  }
  knownSample(labels, probabilities, { argument: "probabilities" });
  const rows = Int32Array.from(labels, (_, row) => row);
  checkCount("options.groups", options.groups, rows.length);
  const groups = groupRows(options.groups ?? rows);
  const strata = options.strata && groupsByStratum(groups, options.strata);
  const { threshold } = options;
  const source: MetricSource = { labels, scores: probabilities, groups, metric, threshold, binning: options };
  const higherIsBetter =
    typeof metric === "function" ? (options.higherIsBetter ?? true) : !lowerIsBetter.includes(metric);

  const biased = metric === "calibrationError";
  const pending: (() => void)[] = [];
  const frequencyOnce = new Int32Array(groups.count).fill(1);
  let current: { readonly frequency: Int32Array; readonly resample: number } = {
    frequency: frequencyOnce,
    resample: 0,
  };
  const partOf = (members: Int32Array): Part => {
    const counts = countsOf(members, labels, groups.groupOf);
    const few = counts.positives + counts.negatives < minimum;
    const measure = metricOf(members, source);
    const value = few ? Number.NaN : measure(frequencyOnce);
    const resampled = new Float64Array(resamples).fill(Number.NaN);
    const reason: SubgroupReason | undefined = few
      ? "few-samples"
      : Number.isNaN(value)
        ? "undefined"
        : undefined;
    // One patient drawn again and again would pass for certainty.
    if (reason === undefined && counts.patients > 1) {
      pending.push(() => {
        resampled[current.resample] = measure(current.frequency);
      });
    }
    // The ends are known when all resamples are drawn.
    const bare = { value, lower: Number.NaN, upper: Number.NaN, undefinedResamples: 0 };
    return { value: { ...counts, metric: bare, reason }, resampled };
  };

  const overall = partOf(rows);
  const attributes = Object.entries(by).map(([name, column]) => {
    const { values, names } = columnOf(column, `options.by.${name}`);
    checkCount(`options.by.${name}`, values, rows.length);
    const parts = names.flatMap((of) => {
      const own = rows.filter((row) => values[row] === of);
      const rest = () => rows.filter((row) => values[row] !== undefined && values[row] !== of);
      return own.length === 0 ? [] : [{ name: of, own: partOf(own), rest: partOf(rest()) }];
    });
    return { name, parts, unknown: partOf(rows.filter((row) => values[row] === undefined)) };
  });

  let resample = 0;
  for (const frequency of drawFrequencies(groups.count, resamples, seed, strata)) {
    current = { frequency, resample };
    for (const compute of pending) compute();
    resample++;
  }

  const interval = (
    value: number,
    values: Float64Array,
    ends: BootstrapEnds = endsOf(biased ? "basic" : "percentile", value, values, level),
  ): Interval =>
    Number.isNaN(value)
      ? { value, lower: Number.NaN, upper: Number.NaN, undefinedResamples: 0 }
      : { value, ...ends };
  const finished = ({ value, resampled }: Part): SubgroupValue => ({
    ...value,
    metric: interval(
      value.metric.value,
      resampled,
      biased ? calibrationEnds(value.metric.value, resampled, level) : undefined,
    ),
  });
  const gap = (a: Part, b: Part | undefined): Interval =>
    interval(
      a.value.metric.value - (b?.value.metric.value ?? Number.NaN),
      a.resampled.map((value, r) => value - (b?.resampled[r] ?? Number.NaN)),
    );
  return {
    metric: typeof metric === "function" ? "statistic" : metric,
    higherIsBetter,
    overall: finished(overall),
    attributes: attributes.map(({ name, parts, unknown }): SubgroupAttribute => {
      const order = parts
        .filter(({ own }) => own.value.reason === undefined)
        .sort((a, b) => (b.own.value.metric.value - a.own.value.metric.value) * (higherIsBetter ? 1 : -1));
      const subgroups = parts.map(
        ({ name: of, own, rest }): Subgroup => ({
          name: of,
          ...finished(own),
          gapToBest: gap(own, order[0]?.own),
          gapToRest: gap(own, rest),
        }),
      );
      const worst = order.length < 2 ? undefined : order[order.length - 1]!.name;
      return { name, subgroups, unknown: finished(unknown), best: order[0]?.name, worst };
    }),
    intervals: { level, resamples, of: options.groups === undefined ? "samples" : "patients" },
    minimum,
  };
}

const lowerIsBetter: readonly string[] = ["brier", "calibrationError"] satisfies SubgroupMetricName[];

function columnOf(column: SubgroupOptions["by"][string], argument: string): SubgroupColumn {
  if ("names" in column) {
    const known = new Set(column.names);
    const row = column.values.findIndex((value) => value !== undefined && !known.has(value));
    if (row >= 0) {
      throw new ArgumentError(
        argument,
        `index ${row} is "${column.values[row]}", which is not among the names; add it, or put undefined for unknown`,
      );
    }
    return { values: column.values, names: [...known] };
  }
  const values = Array.from(column, (value) => {
    const text = String(value ?? "").trim();
    return text === "" || text === "NaN" ? undefined : text;
  });
  const names = [...new Set(values)].filter((name) => name !== undefined);
  return { values, names };
}

function countsOf(members: Int32Array, labels: ArrayLike<number>, groupOf: Int32Array): SubgroupCounts {
  const of = (label: 0 | 1) => members.reduce((count, row) => count + Number(labels[row] === label), 0);
  const [negatives, positives] = [of(0), of(1)];
  return {
    samples: members.length,
    patients: new Set(Array.from(members, (row) => groupOf[row])).size,
    positives,
    negatives,
    unknown: members.length - positives - negatives,
  };
}
