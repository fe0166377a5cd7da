import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { ClassMatrix } from "../matrix.js";
import { type Aggregation, type AggregationOptions, voteCounter } from "./aggregateVotes.js";
import type { LabelMatrix } from "./labelMatrix.js";

/**
 * What one annotator says of each finding in each sample: labels (1, 0, NaN), or scores in [0, 1] with NaN where the
 * annotator gave none. Shape [samples, classes].
 */
export type AnnotationMatrix = ClassMatrix<Float32Array> | ClassMatrix<Float64Array>;

/** What became of one finding's annotations, in numbers of samples; the four add up to all samples. */
export interface AggregationCount {
  /** The finding. */
  readonly finding: string;
  /** Label 1. */
  readonly present: number;
  /** Label 0. */
  readonly absent: number;
  /** Label NaN since the annotators disagree as the rule counts it. */
  readonly disagreement: number;
  /** Label NaN since fewer annotators voted than `minimumVotes`. */
  readonly tooFewVotes: number;
}

/** Labels made of several annotators' and how many became unknown. */
export interface AggregatedAnnotations {
  /** Shape [samples, classes], in the classes of the annotations. */
  readonly labels: LabelMatrix;
  /** One entry a class. */
  readonly counts: readonly AggregationCount[];
}

const labelOf = { present: 1, absent: 0, disagreement: Number.NaN, "too-few-votes": Number.NaN };

/**
 * Makes one label matrix of several annotators' labels or scores, sample by sample and class by class. What each rule
 * asks for, {@link aggregateVotes} says; annotators who left a label unknown don't vote on it. No samples give a matrix
 * of shape [0, classes].
 *
 * ```ts
 * const { labels, counts } = aggregateAnnotations({ reader1, reader2 }, { rule: "consensus", minimumVotes: 2 });
 * ```
 *
 * @param annotations one matrix an annotator, by name or as a list; all with the same classes in the same order and the
 *   same samples in the same order
 * @throws ArgumentError for no annotator, matrices that differ in classes or samples, a score outside [0, 1], or an
 *   option out of its range
 */
export function aggregateAnnotations(
  annotations: Readonly<Record<string, AnnotationMatrix>> | readonly AnnotationMatrix[],
  options: AggregationOptions,
): AggregatedAnnotations {
  const verdict = voteCounter(options);
  const annotators = Object.entries(annotations);
  const [first] = annotators;
  if (first === undefined)
    throw new ArgumentError("annotations", "is empty; expected at least one annotator");
  const { classes, values } = first[1];
  const rows = values.shape[0]!;
  for (const [name, annotation] of annotators) checkAlike(name, annotation, first[0], classes, rows);

  const labels = new Float32Array(rows * classes.length);
  const counts = classes.map(() => new Map<Aggregation, number>());
  const votes = new Float64Array(annotators.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < classes.length; c++) {
      annotators.forEach(([name, annotation], a) => {
        const vote = annotation.values.get(r, c);
        if (!Number.isNaN(vote) && !(vote >= 0 && vote <= 1)) {
          throw new ArgumentError(
            `annotations.${name}`,
            `row ${r}, class "${classes[c]}" is ${vote}; expected a number in [0, 1], or NaN for no vote`,
          );
        }
        votes[a] = vote;
      });
      const result = verdict(votes);
      labels[r * classes.length + c] = labelOf[result];
      counts[c]!.set(result, (counts[c]!.get(result) ?? 0) + 1);
    }
  }
  return {
    labels: { classes: [...classes], values: ndarray(labels, [rows, classes.length]) },
    counts: classes.map((finding, c) => ({
      finding,
      present: counts[c]!.get("present") ?? 0,
      absent: counts[c]!.get("absent") ?? 0,
      disagreement: counts[c]!.get("disagreement") ?? 0,
      tooFewVotes: counts[c]!.get("too-few-votes") ?? 0,
    })),
  };
}

function checkAlike(
  name: string,
  { classes, values }: AnnotationMatrix,
  firstName: string,
  expected: readonly string[],
  rows: number,
): void {
  if (classes.length !== expected.length || classes.some((finding, c) => finding !== expected[c])) {
    throw new ArgumentError(
      `annotations.${name}`,
      `has the classes ${classes.join(", ")} where ${firstName} has ${expected.join(", ")}; expected the same, in one order`,
    );
  }
  if (values.shape[0] !== rows || values.shape[1] !== classes.length) {
    throw new ArgumentError(
      `annotations.${name}`,
      `has shape [${values.shape}]; expected [${rows}, ${classes.length}], as many samples as ${firstName}`,
    );
  }
}
