import { ArgumentError } from "../errors.js";
import { accelerationOf, type BootstrapMethod, checkMethod, endsOf } from "./bootstrapEnds.js";
import {
  checkLevel,
  checkResamples,
  drawGroups,
  type Groups,
  groupRows,
  groupsByStratum,
} from "./resampling.js";

/** How patients are drawn. */
export interface ResamplingOptions {
  /**
   * The patient of each row: rows of one patient are drawn together. Ids are compared as text. Independent rows need
   * an id each.
   */
  readonly groups: ArrayLike<string | number>;
  /**
   * The stratum of each row, such as a hospital: of each stratum as many patients are drawn as it has. All rows of a
   * patient have to be in one. Strata are compared as text. By default all patients are in one stratum.
   */
  readonly strata?: ArrayLike<string | number>;
  /** How many resamples, a whole number from 0; 0 leaves the interval NaN. Default 1000. */
  readonly resamples?: number;
  /** The same seed gives the same interval. Default 0. */
  readonly seed?: number | string;
  /** Confidence level in (0, 1). Default 0.95. */
  readonly level?: number;
}

/** How {@link bootstrapInterval} resamples, and what it makes of it. */
export interface BootstrapOptions extends ResamplingOptions {
  /** How the ends are read off the resamples; "percentile" by default. */
  readonly method?: BootstrapMethod;
}

/** A number with its bootstrap interval. */
export interface BootstrapInterval {
  /** The statistic of all rows, each once. */
  readonly estimate: number;
  /** Lower end; NaN if every resample was undefined, or {@link BootstrapMethod} says so. */
  readonly lower: number;
  /** Upper end; NaN where the lower end is. */
  readonly upper: number;
  /** How many resamples were drawn. */
  readonly resamples: number;
  /** In how many of them the statistic was NaN; they are left out of the interval. */
  readonly undefinedResamples: number;
}

/**
 * Bootstrap over patients: draws as many patients as there are, with replacement, and takes all rows of each as often as
 * it was drawn (the cluster bootstrap; Field and Welsh, J. R. Stat. Soc. B 2007). The ends are read off the values of the
 * statistic over the resamples as `method` says.
 *
 * A single patient says nothing of the spread over patients: nothing is drawn, and all resamples count as undefined.
 *
 * With strata the patients are drawn stratum by stratum. For "bca" the statistic is also computed once for each patient,
 * without that patient.
 *
 * ```ts
 * const { estimate, lower, upper } = bootstrapInterval(
 *   (rows) => rocAuc(Array.from(rows, (row) => labels[row]), Array.from(rows, (row) => scores[row])),
 *   { groups: studies.map((study) => study.patientId), seed: 7 },
 * );
 * ```
 *
 * @param statistic gets row indices (with repetitions, fewer or more than there are rows where groups differ in size)
 *   and gives a number, or the same count of numbers each time; NaN means undefined
 * @returns one interval, or one for each number
 * @throws ArgumentError when an id in `groups` is empty or missing, `resamples` is not a whole number from 0, the level
 *   is outside (0, 1), a patient is in two strata, the method is unknown, or the statistic changes its count of numbers
 */
export function bootstrapInterval(
  statistic: (rows: Int32Array) => number,
  options: BootstrapOptions,
): BootstrapInterval;
export function bootstrapInterval(
  statistic: (rows: Int32Array) => ArrayLike<number>,
  options: BootstrapOptions,
): BootstrapInterval[];
export function bootstrapInterval(
  statistic: (rows: Int32Array) => number | ArrayLike<number>,
  options: BootstrapOptions,
): BootstrapInterval | BootstrapInterval[] {
  const { resamples = 1000, seed = 0, level = 0.95, method = "percentile" } = options;
  checkLevel(level);
  checkResamples(resamples);
  checkMethod(method);
  const groups = groupRows(options.groups);
  const strata = options.strata && groupsByStratum(groups, options.strata);
  const members = rowsByGroup(groups);
  const whole = statistic(Int32Array.from(groups.groupOf, (_, row) => row));
  const estimates = typeof whole === "number" ? [whole] : Array.from(whole);
  const numbersOf = (rows: Int32Array, of: string): ArrayLike<number> => {
    const result = statistic(rows);
    const numbers = typeof result === "number" ? [result] : result;
    if (numbers.length === estimates.length) return numbers;
    throw new ArgumentError(
      "statistic",
      `gave ${numbers.length} numbers for ${of} and ${estimates.length} for all rows; expected as many`,
    );
  };
  const values = estimates.map(() => new Float64Array(resamples));
  let resample = 0;
  // One patient drawn again and again would pass for certainty.
  const drawable = groups.count > 1;
  if (!drawable) for (const of of values) of.fill(Number.NaN);
  for (const drawn of drawable ? drawGroups(groups.count, resamples, seed, strata) : []) {
    const numbers = numbersOf(concatenate(drawn, members), "a resample");
    values.forEach((of, n) => {
      of[resample] = numbers[n]!;
    });
    resample++;
  }
  const accelerations =
    method === "bca"
      ? accelerationOf(groups.count, strata, estimates.length, (left) =>
          numbersOf(rowsWithout(left, groups), "all rows but one patient's"),
        )
      : [];
  const intervals = estimates.map((estimate, n) => ({
    estimate,
    ...endsOf(method, estimate, values[n]!, level, accelerations[n]),
    resamples,
  }));
  return typeof whole === "number" ? intervals[0]! : intervals;
}

function rowsWithout(left: number, { groupOf }: Groups): Int32Array {
  const rows = new Int32Array(groupOf.length);
  let kept = 0;
  for (let row = 0; row < groupOf.length; row++) if (groupOf[row] !== left) rows[kept++] = row;
  return rows.slice(0, kept);
}

function rowsByGroup({ count, groupOf }: Groups): Int32Array[] {
  const members: number[][] = Array.from({ length: count }, () => []);
  groupOf.forEach((group, row) => {
    members[group]!.push(row);
  });
  return members.map((rows) => Int32Array.from(rows));
}

function concatenate(drawn: Int32Array, members: readonly Int32Array[]): Int32Array {
  const rows = new Int32Array(drawn.reduce((sum, group) => sum + members[group]!.length, 0));
  let end = 0;
  for (const group of drawn) {
    rows.set(members[group]!, end);
    end += members[group]!.length;
  }
  return rows;
}
