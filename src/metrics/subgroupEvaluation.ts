import type { Interval } from "./evaluation.js";

/** How many rows a subgroup has. */
export interface SubgroupCounts {
  /** Rows, those with an unknown label too. */
  readonly samples: number;
  /** Patients with a row in it. */
  readonly patients: number;
  /** Rows in which the class is present. */
  readonly positives: number;
  /** Rows in which the class is absent. */
  readonly negatives: number;
  /** Rows in which the class is unknown; no named metric counts them. */
  readonly unknown: number;
}

/** Why a subgroup has no value: fewer known samples than asked for, or the metric is undefined, as an AUC of one label. */
export type SubgroupReason = "few-samples" | "undefined";

/** A metric of some rows. */
export interface SubgroupValue extends SubgroupCounts {
  /** The metric with its interval; NaN where there is a reason. */
  readonly metric: Interval;
  /** Why there is no value; undefined where there is one. */
  readonly reason: SubgroupReason | undefined;
}

/** A metric of one subgroup. */
export interface Subgroup extends SubgroupValue {
  /** Its name. */
  readonly name: string;
  /**
   * Its metric minus that of the best subgroup, and the interval of this difference; 0 for the best itself. The best is chosen
   * on these samples, which makes the gap look larger than it is.
   */
  readonly gapToBest: Interval;
  /** Its metric minus that of all rows in other, known subgroups, and the interval of this difference. */
  readonly gapToRest: Interval;
}

/** A metric over the subgroups of one attribute, such as sex. */
export interface SubgroupAttribute {
  /** Name of the attribute. */
  readonly name: string;
  /** The subgroups, in order. */
  readonly subgroups: readonly Subgroup[];
  /** The rows of unknown subgroup, kept apart: they are in no gap. */
  readonly unknown: SubgroupValue;
  /** Name of the best subgroup that has a value; undefined without one. */
  readonly best: string | undefined;
  /** Name of the subgroup that is furthest from the best; undefined with fewer than two values. */
  readonly worst: string | undefined;
}

/** A metric over subgroups. */
export interface SubgroupEvaluation {
  /** Name of the metric; "statistic" for a function. */
  readonly metric: string;
  /** Whether more is better. */
  readonly higherIsBetter: boolean;
  /** The metric of all rows. */
  readonly overall: SubgroupValue;
  /** One entry an attribute. */
  readonly attributes: readonly SubgroupAttribute[];
  /** How the intervals were made. */
  readonly intervals: {
    /** Confidence level. */
    readonly level: number;
    /** Number of bootstrap resamples. */
    readonly resamples: number;
    /** Whether patients were drawn, or rows. */
    readonly of: "patients" | "samples";
  };
  /** Known samples that a subgroup needs to have a value. */
  readonly minimum: number;
}
