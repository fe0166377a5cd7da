import { ArgumentError } from "../errors.js";
import { randomStream } from "../random.js";

/** Which rows belong together. */
export interface Groups {
  /** How many groups there are. */
  readonly count: number;
  /** Group of each row, numbered from 0 in order of appearance. */
  readonly groupOf: Int32Array;
}

/**
 * Numbers the groups; ids are compared as text, so 7 equals "7".
 *
 * @throws ArgumentError for an empty or missing id
 */
export function groupRows(groups: ArrayLike<string | number>, argument = "options.groups"): Groups {
  const numbers = new Map<string, number>();
  const groupOf = Int32Array.from(groups, (group, row) => {
    const id = String(group ?? "");
    if (id.trim() === "" || id === "NaN") {
      throw new ArgumentError(
        argument,
        `index ${row} has no id; rows without one cannot be drawn with their patient`,
      );
    }
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return number;
  });
  return { count: numbers.size, groupOf };
}

/**
 * The groups of each stratum, by the strata of their rows; strata are compared as text.
 *
 * @throws ArgumentError for another number of strata than rows, an empty or missing one, or a group in two of them
 */
export function groupsByStratum(groups: Groups, strata: ArrayLike<string | number>): Int32Array[] {
  const { count, groupOf } = groups;
  checkCount("options.strata", strata, groupOf.length);
  const stratumOf = new Array<string | undefined>(count);
  const members = new Map<string, number[]>();
  groupOf.forEach((group, row) => {
    const stratum = String(strata[row] ?? "");
    if (stratum.trim() === "" || stratum === "NaN") {
      throw new ArgumentError(
        "options.strata",
        `index ${row} has none; give unknown ones a name of their own`,
      );
    }
    const known = stratumOf[group];
    if (known === undefined) {
      stratumOf[group] = stratum;
      const others = members.get(stratum);
      if (others === undefined) members.set(stratum, [group]);
      else others.push(group);
    } else if (known !== stratum) {
      throw new ArgumentError(
        "options.strata",
        `index ${row} is in "${stratum}" where other rows of its patient are in "${known}"; patients are drawn as a ` +
          "whole, so give a stratum by patient, such as whether any image is positive",
      );
    }
  });
  return [...members.values()].map((of) => Int32Array.from(of));
}

/**
 * Draws as many groups as there are, with replacement, for each resample; they come in the same array each time.
 *
 * @param strata the groups of each stratum, of which as many are drawn as it has; by default one with all groups
 */
export function* drawGroups(
  count: number,
  resamples: number,
  seed: number | string,
  strata: readonly Int32Array[] = [Int32Array.from({ length: count }, (_, group) => group)],
): Generator<Int32Array> {
  const random = randomStream(seed).fork("bootstrap");
  const drawn = new Int32Array(count);
  for (let resample = 0; resample < resamples; resample++) {
    let i = 0;
    for (const members of strata) {
      const { length } = members;
      for (let k = 0; k < length; k++) drawn[i++] = members[random.integer(length)]!;
    }
    yield drawn;
  }
}

/** How often each group is drawn, for each resample; the numbers come in the same array each time. */
export function* drawFrequencies(...draw: Parameters<typeof drawGroups>): Generator<Int32Array> {
  const frequency = new Int32Array(draw[0]);
  for (const drawn of drawGroups(...draw)) {
    frequency.fill(0);
    for (let i = 0; i < drawn.length; i++) frequency[drawn[i]!]!++;
    yield frequency;
  }
}

/** The percentile interval of a statistic's values over the resamples; NaN values are left out and counted. */
export function percentileInterval(
  values: Float64Array,
  level: number,
): { readonly lower: number; readonly upper: number; readonly undefinedResamples: number } {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  return {
    lower: quantileOf(defined, (1 - level) / 2),
    upper: quantileOf(defined, (1 + level) / 2),
    undefinedResamples: values.length - defined.length,
  };
}

/** The quantile of ascending values, interpolated linearly between ranks as `numpy.quantile`; NaN for no values. */
export function quantileOf(ascending: Float64Array, share: number): number {
  return interpolateRank(ascending, share * (ascending.length - 1));
}

/** The value at a rank, from 0, of ascending values, interpolated linearly between ranks; NaN for no values. */
function interpolateRank(ascending: Float64Array, rank: number): number {
  const below = ascending[Math.floor(rank)] ?? Number.NaN;
  const above = ascending[Math.ceil(rank)] ?? Number.NaN;
  return below === above ? below : below + (rank % 1) * (above - below);
}

/**
 * Checks that there are as many values as expected; undefined passes.
 *
 * @throws ArgumentError for another number
 */
export function checkCount(argument: string, values: ArrayLike<unknown> | undefined, expected: number): void {
  if (values !== undefined && values.length !== expected) {
    throw new ArgumentError(argument, `has ${values.length} values; expected ${expected}`);
  }
}

/**
 * Checks a confidence level.
 *
 * @throws ArgumentError outside (0, 1)
 */
export function checkLevel(level: number): void {
  if (!(level > 0 && level < 1)) {
    throw new ArgumentError(
      "options.level",
      `is ${level}; expected more than 0 and less than 1, such as 0.95`,
    );
  }
}

/**
 * Checks a number of resamples.
 *
 * @throws ArgumentError when it is not whole or negative
 */
export function checkResamples(resamples: number): void {
  if (!Number.isInteger(resamples) || resamples < 0) {
    throw new ArgumentError("options.resamples", `is ${resamples}; expected a whole number from 0`);
  }
}
