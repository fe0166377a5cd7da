/** A spec that a backend cannot meet. It runs nevertheless, and has to fail. */
export interface Exclusion {
  /** Full name, as in the list of failures; of several specs with that name, those that fail. */
  readonly spec: string;
  /** Why it cannot pass. */
  readonly reason: string;
}

/** The exclusions by the name in `--backend`; a backend that aims at every spec has at most ten. */
export const exclusions: Readonly<Record<string, readonly Exclusion[]>> = {};
