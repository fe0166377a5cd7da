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
export function groupRows(groups: ArrayLike<string | number>): Groups {
  const numbers = new Map<string, number>();
  const groupOf = Int32Array.from(groups, (group, row) => {
    const id = String(group ?? "");
    if (id.trim() === "" || id === "NaN") {
      throw new ArgumentError(
        "options.groups",
        `index ${row} has no id; rows without one cannot be drawn with their patient`,
      );
    }
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return number;
  });
  return { count: numbers.size, groupOf };
}

/** Draws as many groups as there are, with replacement, for each resample; they come in the same array each time. */
export function* drawGroups(count: number, resamples: number, seed: number | string): Generator<Int32Array> {
  const random = randomStream(seed).fork("bootstrap");
  const drawn = new Int32Array(count);
  for (let resample = 0; resample < resamples; resample++) {
    for (let i = 0; i < count; i++) drawn[i] = random.integer(count);
    yield drawn;
  }
}

/** The percentile interval of a statistic's values over the resamples; NaN values are left out and counted. */
export function percentileInterval(
  values: Float64Array,
  level: number,
): { readonly lower: number; readonly upper: number; readonly undefinedResamples: number } {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  const last = defined.length - 1;
  return {
    lower: interpolateRank(defined, ((1 - level) / 2) * last),
    upper: interpolateRank(defined, ((1 + level) / 2) * last),
    undefinedResamples: values.length - defined.length,
  };
}

/** The value at a rank, from 0, of ascending values, interpolated linearly between ranks; NaN for no values. */
function interpolateRank(ascending: Float64Array, rank: number): number {
  const below = ascending[Math.floor(rank)] ?? Number.NaN;
  const above = ascending[Math.ceil(rank)] ?? Number.NaN;
  return below === above ? below : below + (rank % 1) * (above - below);
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
