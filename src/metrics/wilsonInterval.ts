import type { LevelOptions } from "./delong.js";
import { normalQuantile } from "./normal.js";
import { checkLevel } from "./resampling.js";

/** An interval of a share. */
export interface ShareInterval {
  /** Lower end, from 0; NaN where the share is. */
  readonly lower: number;
  /** Upper end, to 1; NaN where the share is. */
  readonly upper: number;
}

/**
 * Wilson's score interval of a share (J. Am. Stat. Assoc. 1927), without continuity correction, as statsmodels'
 * `proportion_confint(method="wilson")`. It has width for shares of 0 and 1 too. The trials have to be independent: with
 * several images of a patient use {@link bootstrapInterval}.
 *
 * @param successes how many of the trials, from 0 to `trials`
 * @param trials how many there were
 * @returns both ends in [0, 1]; NaN without a trial
 * @throws ArgumentError when the level is outside (0, 1)
 */
export function wilsonInterval(successes: number, trials: number, options: LevelOptions = {}): ShareInterval {
  const { level = 0.95 } = options;
  checkLevel(level);
  const z = normalQuantile((1 + level) / 2);
  const share = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const centre = (share + z ** 2 / (2 * trials)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / trials + (z / (2 * trials)) ** 2)) / scale;
  // Rounding must not put a share of 0 or 1 outside its interval.
  return {
    lower: share === 0 ? 0 : Math.max(0, centre - half),
    upper: share === 1 ? 1 : Math.min(1, centre + half),
  };
}
