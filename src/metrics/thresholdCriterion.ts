import { ArgumentError } from "../errors.js";
import type { CutPoints } from "./cutPoints.js";

/** What the two kinds of error cost, in any unit. */
export interface ErrorCosts {
  /** Cost of a negative that is called, from 0. */
  readonly falsePositive: number;
  /** Cost of a positive that is missed, from 0; not 0 where `falsePositive` is. */
  readonly falseNegative: number;
  /**
   * Share of positives, in [0, 1], where the threshold will be used: the errors are then weighed as if it were that of the
   * samples. That of the samples by default.
   */
  readonly prevalence?: number;
}

/**
 * What a threshold is chosen for:
 * - "youden": the largest sensitivity + specificity - 1 (Youden, Cancer 1950);
 * - `{ sensitivity: 0.9 }`: the highest specificity among the thresholds with at least that sensitivity;
 * - `{ specificity: 0.9 }`: the highest sensitivity among the thresholds with at least that specificity;
 * - `{ precision: 0.9 }`: the highest sensitivity among the thresholds with at least that precision (positive predictive
 *   value), at the prevalence of the samples;
 * - `{ fBeta: 2 }`: the largest F-beta = (1 + beta^2) precision recall / (beta^2 precision + recall), in which recall
 *   weighs beta times as much as precision (van Rijsbergen, Information Retrieval, 1979);
 * - `{ cost: { falsePositive: 1, falseNegative: 10 } }`: the lowest cost of all errors. Here Infinity is one of the
 *   thresholds: calling nothing can be the cheapest.
 */
export type ThresholdCriterion =
  | "youden"
  | {
      /** At least this, in [0, 1]. */
      readonly sensitivity: number;
    }
  | {
      /** At least this, in [0, 1]. */
      readonly specificity: number;
    }
  | {
      /** At least this, in [0, 1]. */
      readonly precision: number;
    }
  | {
      /** The weight of recall, more than 0. */
      readonly fBeta: number;
    }
  | {
      /** The costs of errors. */
      readonly cost: ErrorCosts;
    };

/** How good a threshold is for a criterion. */
export interface Merit {
  /** What is to be made large, from the positives found and the negatives called; -Infinity for a threshold out of the question. */
  readonly of: (found: number, called: number) => number;
  /** The merit of Infinity, which calls nothing; -Infinity where any allowed threshold is to be preferred. */
  readonly ofNothing: number;
  /** Values that differ by no more are equal; 0 where all numbers are whole, so that nothing is rounded away. */
  readonly slack: number;
}

const none = Number.NEGATIVE_INFINITY;

/** How far sums of numbers that are not whole can be off, as a share of the largest. */
const rounding = 1e-12;

/**
 * How good thresholds are, in numbers that are equal to the last bit where the merits are and all weights are whole.
 *
 * @param whole whether all weights of samples are whole
 * @throws ArgumentError when the criterion is none that is known, or its number is out of its range
 */
export function meritOf(criterion: ThresholdCriterion, cuts: CutPoints, whole: boolean): Merit {
  const { positives, negatives } = cuts;
  const slackOf = (largest: number, exact = whole) => (exact ? 0 : rounding * largest);
  if (criterion === "youden") {
    return {
      of: (found, called) => found * negatives + (negatives - called) * positives,
      ofNothing: none,
      slack: slackOf(2 * positives * negatives),
    };
  }
  if (typeof criterion === "object" && criterion !== null && Object.keys(criterion).length === 1) {
    if ("sensitivity" in criterion) {
      const target = share("sensitivity", criterion.sensitivity) - slackOf(1);
      return {
        of: (found, called) => (found / positives >= target ? negatives - called : none),
        ofNothing: none,
        slack: slackOf(negatives),
      };
    }
    if ("specificity" in criterion) {
      const target = share("specificity", criterion.specificity) - slackOf(1);
      return {
        of: (found, called) => ((negatives - called) / negatives >= target ? found : none),
        ofNothing: none,
        slack: slackOf(positives),
      };
    }
    if ("precision" in criterion) {
      const target = share("precision", criterion.precision) - slackOf(1);
      return {
        of: (found, called) => (found / (found + called) >= target ? found : none),
        ofNothing: none,
        slack: slackOf(positives),
      };
    }
    if ("fBeta" in criterion) {
      const beta = criterion.fBeta;
      if (!(beta > 0 && beta < Number.POSITIVE_INFINITY)) {
        throw new ArgumentError("options.criterion.fBeta", `is ${beta}; expected a finite number above 0`);
      }
      return {
        of: (found, called) => found / (beta ** 2 * positives + found + called),
        ofNothing: none,
        slack: slackOf(1, whole && Number.isInteger(4 * beta)),
      };
    }
    if ("cost" in criterion && criterion.cost) return costMerit(criterion.cost, cuts, whole);
  }
  throw new ArgumentError(
    "options.criterion",
    `is ${JSON.stringify(criterion)}; expected "youden", { sensitivity }, { specificity }, ` +
      "{ precision }, { fBeta } or { cost }",
  );
}

function costMerit(costs: ErrorCosts, { positives, negatives }: CutPoints, whole: boolean): Merit {
  const { falsePositive, falseNegative, prevalence } = costs;
  for (const [name, cost] of Object.entries({ falsePositive, falseNegative })) {
    if (cost >= 0 && Number.isFinite(cost)) continue;
    throw new ArgumentError(`options.criterion.cost.${name}`, `is ${cost}; expected a finite number from 0`);
  }
  if (falsePositive === 0 && falseNegative === 0) {
    throw new ArgumentError(
      "options.criterion.cost",
      "is 0 for both errors, so that all thresholds are alike",
    );
  }
  if (prevalence !== undefined) share("cost.prevalence", prevalence);
  const each =
    prevalence === undefined
      ? { called: falsePositive, missed: falseNegative }
      : {
          called: falsePositive * (1 - prevalence) * positives,
          missed: falseNegative * prevalence * negatives,
        };
  const of = (found: number, called: number) => -(each.called * called + each.missed * (positives - found));
  const exact = whole && Number.isInteger(each.called) && Number.isInteger(each.missed);
  return {
    of,
    ofNothing: of(0, 0),
    slack: exact ? 0 : rounding * (each.called * negatives + each.missed * positives),
  };
}

function share(name: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new ArgumentError(`options.criterion.${name}`, `is ${value}; expected a share in [0, 1]`);
}
