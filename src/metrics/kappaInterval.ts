import { normalQuantile, normalUpperTail } from "./normal.js";

/** A kappa with its large-sample interval. */
export interface KappaInterval {
  /** At most 1; NaN if undefined, and so are the ends. */
  readonly kappa: number;
  /** kappa - quantile x standardError; not cut at -1. */
  readonly lower: number;
  /** kappa + quantile x standardError; not cut at 1. */
  readonly upper: number;
  /**
   * Large-sample standard error. 0 for perfect agreement, and where one of two raters gave one category throughout: that
   * says nothing of how sure kappa is.
   */
  readonly standardError: number;
  /** kappa divided by its standard error under independence; NaN where that is 0. */
  readonly z: number;
  /** Two-sided p-value of independence; NaN where z is. */
  readonly pValue: number;
  /** Pairs, or items, that all rated; with weights, the sum of them. */
  readonly n: number;
  /** Pairs, or items, with an unknown, left out. */
  readonly unknown: number;
  /** Observed agreement, weighted as kappa is; in [0, 1]. */
  readonly observed: number;
  /** Agreement expected by chance, likewise. */
  readonly expected: number;
  /** The level of the interval. */
  readonly level: number;
}

/** Adds the ends and the test to the rest. */
export function kappaInterval({
  nullError,
  ...of
}: Omit<KappaInterval, "lower" | "upper" | "z" | "pValue"> & {
  /** The standard error under independence. */
  readonly nullError: number;
}): KappaInterval {
  const reach = normalQuantile(0.5 + of.level / 2) * of.standardError;
  const z = nullError > 0 ? of.kappa / nullError : Number.NaN;
  return {
    ...of,
    lower: of.kappa - reach,
    upper: of.kappa + reach,
    z,
    pValue: Math.min(1, 2 * normalUpperTail(Math.abs(z))),
  };
}
