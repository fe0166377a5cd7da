import type { ClassEvaluation, Interval } from "../metrics/evaluation.js";

type LabelCounts = Pick<ClassEvaluation, "positives" | "negatives">;

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** What stands for a value that does not exist. */
export const undefinedText = "undefined";

/** A count with thousands separators. */
export const formatCount = (value: number): string => whole.format(value);

/** A number with three digits after the point, 0 without a sign; "undefined" for NaN. */
export const formatNumber = (value: number): string =>
  Number.isNaN(value)
    ? undefinedText
    : value
        .toFixed(3)
        .replace(/^-0\.000$/, "0.000")
        .replace("-", "−");

/** A decision threshold as {@link formatNumber}; "∞" for the one that calls nothing. */
export const formatThreshold = (threshold: number): string =>
  threshold === Number.POSITIVE_INFINITY ? "∞" : formatNumber(threshold);

/** A share in [0, 1] as a percentage with one digit after the point, two below 1%; "undefined" for NaN. */
export const formatPercent = (share: number): string =>
  Number.isNaN(share) ? undefinedText : `${(100 * share).toFixed(share > 0 && share < 0.01 ? 2 : 1)}%`;

/** A confidence level as a percentage, without needless digits. */
export const formatLevel = (level: number): string => `${Number((100 * level).toFixed(2))}%`;

/** An interval, as "[0.812, 0.921]"; undefined where there is none. */
export const formatEnds = ({ lower, upper }: Pick<Interval, "lower" | "upper">): string | undefined =>
  Number.isNaN(lower) ? undefined : `[${formatNumber(lower)}, ${formatNumber(upper)}]`;

/** A measure with its interval, as "0.874 [0.812, 0.921]"; without ends where there is no interval. */
export const formatInterval = (interval: Interval): string =>
  [formatNumber(interval.value), formatEnds(interval)].filter(Boolean).join(" ");

/** How many of the known samples are positive, as "12 of 420 positive". */
export const positivesOf = ({ positives, negatives }: LabelCounts): string =>
  `${formatCount(positives)} of ${formatCount(positives + negatives)} positive`;

/** Why a class has no area under the ROC curve; undefined where it may have one. */
export function oneClassReason({ positives, negatives }: LabelCounts): string | undefined {
  if (positives > 0 && negatives > 0) return undefined;
  if (positives + negatives === 0) return "no known label";
  return positives === 0 ? "no positive image" : "no negative image";
}
