import { ArgumentError } from "../errors.js";

/** How the votes of several annotators become one label. */
export type AggregationRule = "consensus" | "majority" | "any";

/** How {@link aggregateVotes} and `aggregateAnnotations` make one label of many. */
export interface AggregationOptions {
  /** What is asked of the votes; see {@link aggregateVotes}. */
  readonly rule: AggregationRule;
  /** Scores above it are votes for present, scores below it for absent, a score equal to it for neither. Default 0.5. */
  readonly threshold?: number;
  /** With fewer known votes than this the label is unknown, whatever they say; a whole number from 1, the default. */
  readonly minimumVotes?: number;
}

/** What became of one finding's votes in one sample. */
export type Aggregation = "present" | "absent" | "disagreement" | "too-few-votes";

/**
 * The verdict of several annotators on one finding of one sample. A vote is a label (1, 0) or a score in [0, 1]; NaN is
 * no vote. A score equal to the threshold is a vote, for neither side. Of the votes that were cast,
 *
 * - "consensus": all above the threshold is present, all below is absent;
 * - "majority": more than half above is present, more than half below is absent, so a tie is a disagreement;
 * - "any": one above is present, all below is absent;
 *
 * and anything else is a disagreement. No vote at all is always too few.
 *
 * "consensus" with `minimumVotes: 2` is the rule for two annotators who score 0, .25, .5, .75 or 1: both above .5 is
 * present, both below .5 is absent, otherwise unknown (the tube annotations of PadChest).
 *
 * @param votes one number an annotator
 * @throws ArgumentError for a vote outside [0, 1], a threshold not inside (0, 1), or a minimum below 1
 */
export function aggregateVotes(votes: ArrayLike<number>, options: AggregationOptions): Aggregation {
  return voteCounter(options)(votes);
}

/** {@link aggregateVotes} with its options checked once. */
export function voteCounter(options: AggregationOptions): (votes: ArrayLike<number>) => Aggregation {
  const { rule, threshold = 0.5, minimumVotes = 1 } = options;
  if (rule !== "consensus" && rule !== "majority" && rule !== "any") {
    throw new ArgumentError(
      "options.rule",
      `is "${String(rule)}"; expected "consensus", "majority" or "any"`,
    );
  }
  if (!(threshold > 0 && threshold < 1)) {
    throw new ArgumentError("options.threshold", `is ${threshold}; expected a number between 0 and 1`);
  }
  if (!Number.isInteger(minimumVotes) || minimumVotes < 1) {
    throw new ArgumentError(
      "options.minimumVotes",
      `is ${minimumVotes}; expected a whole number of at least 1`,
    );
  }
  return (votes) => {
    let cast = 0;
    let above = 0;
    let below = 0;
    for (let i = 0; i < votes.length; i++) {
      const vote = votes[i]!;
      if (Number.isNaN(vote)) continue;
      if (!(vote >= 0 && vote <= 1)) {
        throw new ArgumentError(
          "votes",
          `vote ${i} is ${vote}; expected a number in [0, 1], or NaN for no vote`,
        );
      }
      cast++;
      if (vote > threshold) above++;
      else if (vote < threshold) below++;
    }
    if (cast < minimumVotes) return "too-few-votes";
    const moreThanHalf = Math.floor(cast / 2) + 1;
    const neededAbove = rule === "any" ? 1 : rule === "majority" ? moreThanHalf : cast;
    const neededBelow = rule === "majority" ? moreThanHalf : cast;
    if (above >= neededAbove) return "present";
    return below >= neededBelow ? "absent" : "disagreement";
  };
}
