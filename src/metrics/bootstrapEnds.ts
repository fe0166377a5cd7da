import { ArgumentError } from "../errors.js";
import { normalProbability, normalQuantile } from "./normal.js";
import { percentileInterval, quantileOf } from "./resampling.js";

/**
 * How the ends of a bootstrap interval are read off the values of the resamples; quantiles are interpolated linearly.
 *
 * - "percentile": the quantiles (1 - level) / 2 and (1 + level) / 2 (Efron). Never leaves the range of the statistic.
 * - "basic": the percentile ends reflected at the estimate, 2 estimate - upper and 2 estimate - lower; takes out a bias
 *   that resamples have again, but may leave the range of the statistic (Davison and Hinkley, 1997, section 5.2).
 * - "bca": quantiles moved for bias and for a spread that grows with the value (Efron, J. Am. Stat. Assoc. 1987), the
 *   acceleration by leaving out one patient at a time, as `scipy.stats.bootstrap`; with strata as its formula for several
 *   samples. NaN where it is not defined: the estimate lies outside all resamples, leaving out any patient changes nothing,
 *   the statistic is NaN without one of the patients, or the level is too high for so large an acceleration.
 */
export type BootstrapMethod = "percentile" | "basic" | "bca";

/** The ends of an interval, and how many resamples had no value. */
export interface BootstrapEnds {
  /** Lower end. */
  readonly lower: number;
  /** Upper end. */
  readonly upper: number;
  /** Resamples in which the statistic was NaN. */
  readonly undefinedResamples: number;
}

/**
 * Checks a method.
 *
 * @throws ArgumentError for an unknown one
 */
export function checkMethod(method: BootstrapMethod): void {
  if (!["percentile", "basic", "bca"].includes(method)) {
    throw new ArgumentError("options.method", `is ${method}; expected "percentile", "basic" or "bca"`);
  }
}

/** The ends that a method reads off the values of the resamples. */
export function endsOf(
  method: BootstrapMethod,
  estimate: number,
  values: Float64Array,
  level: number,
  acceleration = Number.NaN,
): BootstrapEnds {
  const ends = percentileInterval(values, level);
  if (method === "percentile") return ends;
  if (method === "basic") {
    return { ...ends, lower: 2 * estimate - ends.upper, upper: 2 * estimate - ends.lower };
  }
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  let [below, equal] = [0, 0];
  for (const value of defined) {
    if (value < estimate) below++;
    else if (value === estimate) equal++;
  }
  const bias = normalQuantile((below + equal / 2) / defined.length);
  const end = (share: number) => {
    const shifted = bias + normalQuantile(share);
    const scale = 1 - acceleration * shifted;
    return scale > 0 ? quantileOf(defined, normalProbability(bias + shifted / scale)) : Number.NaN;
  };
  const [lower, upper] = [end((1 - level) / 2), end((1 + level) / 2)];
  const known = !Number.isNaN(lower) && !Number.isNaN(upper);
  return { ...ends, lower: known ? lower : Number.NaN, upper: known ? upper : Number.NaN };
}

/**
 * The "basic" interval of a calibration error, cut to [0, 1]: the bias of the estimate and that of its resamples are alike, so
 * one takes the other out.
 */
export function calibrationEnds(estimate: number, values: Float64Array, level: number): BootstrapEnds {
  const ends = endsOf("basic", estimate, values, level);
  const cut = (end: number) => Math.min(Math.max(end, 0), 1);
  return { ...ends, lower: cut(ends.lower), upper: cut(ends.upper) };
}

/**
 * The acceleration of each number of a statistic, from its values without one group at a time.
 *
 * @param strata the groups of each stratum; by default one with all groups
 * @param numbers how many numbers the statistic has
 * @param without the statistic without a group
 */
export function accelerationOf(
  count: number,
  strata: readonly Int32Array[] = [Int32Array.from({ length: count }, (_, group) => group)],
  numbers: number,
  without: (group: number) => ArrayLike<number>,
): number[] {
  const cubes = new Float64Array(numbers);
  const squares = new Float64Array(numbers);
  for (const members of strata) {
    const size = members.length;
    // A group that is its whole stratum deviates from its own mean by 0.
    if (size < 2) continue;
    const values = Array.from({ length: numbers }, () => new Float64Array(size));
    members.forEach((group, i) => {
      const left = without(group);
      for (let n = 0; n < numbers; n++) values[n]![i] = left[n]!;
    });
    values.forEach((of, n) => {
      const mean = of.reduce((sum, value) => sum + value, 0) / size;
      for (const value of of) {
        const influence = ((size - 1) * (mean - value)) / size;
        squares[n]! += influence ** 2;
        cubes[n]! += influence ** 3;
      }
    });
  }
  return Array.from(cubes, (sum, n) => sum / squares[n]! ** 1.5 / 6);
}
