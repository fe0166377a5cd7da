import { ArgumentError } from "../errors.js";
import { columnsOf, type MatrixLike } from "../matrix.js";
import { rankOrder } from "./rankOrder.js";

/** The samples of one class whose label is known. */
export interface Sample {
  /** Where each stands in the caller's arrays. */
  readonly rows: Int32Array;
  /** 1 or 0. */
  readonly labels: Uint8Array;
  /** Finite. */
  readonly scores: Float64Array;
  /** How often each counts: 1, or its frequency in a resample. */
  readonly weights: Float64Array;
}

/** How much each sample counts. */
export interface WeightOptions {
  /**
   * One number from 0 for each sample, such as how many people it stands for; 1 by default. A sample of weight 0 counts as
   * if it were not there.
   */
  readonly weights?: ArrayLike<number>;
}

/** What {@link knownSample} is told besides labels and scores. */
export interface SampleOptions extends WeightOptions {
  /** The caller's name of `scores`, "scores" by default; "probabilities" have to lie in [0, 1]. */
  readonly argument?: "scores" | "scoresA" | "scoresB" | "probabilities";
  /** Says in errors where the two arrays stand, such as `class "Edema", `. */
  readonly place?: string;
}

/**
 * Drops the samples with an unknown label or weight 0 and checks the rest.
 *
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, the score of a known label is not finite or
 *   not in range, or a weight is not a finite number from 0
 */
export function knownSample(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  { argument = "scores", place = "", weights }: SampleOptions = {},
): Sample {
  checkLengths(labels, scores, argument, place);
  if (weights !== undefined) checkWeights(weights, labels.length);
  const probable = argument === "probabilities";
  const rows = new Int32Array(labels.length);
  let known = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (Number.isNaN(label)) continue;
    if (label !== 0 && label !== 1) {
      throw new ArgumentError("labels", `${place}index ${row} is ${label}; expected 0, 1 or NaN (unknown)`);
    }
    const score = scores[row]!;
    if (probable ? !(score >= 0 && score <= 1) : !Number.isFinite(score)) {
      const expected = probable ? "a probability in [0, 1]" : "a finite number";
      throw new ArgumentError(
        argument,
        `${place}index ${row} is ${score}; expected ${expected} wherever the label is known`,
      );
    }
    if (weights?.[row] !== 0) rows[known++] = row;
  }
  const kept = rows.slice(0, known);
  return {
    rows: kept,
    labels: take(labels, kept, Uint8Array),
    scores: take(scores, kept, Float64Array),
    weights: weights ? take(weights, kept, Float64Array) : new Float64Array(known).fill(1),
  };
}

/** The same samples by descending score; equal scores keep their order. */
export function ranked({ rows, labels, scores, weights }: Sample): Sample {
  const order = rankOrder(scores);
  return {
    rows: take(rows, order, Int32Array),
    labels: take(labels, order, Uint8Array),
    scores: take(scores, order, Float64Array),
    weights: take(weights, order, Float64Array),
  };
}

/** The values at some places. */
function take<Values extends Int32Array | Uint8Array | Float64Array>(
  values: ArrayLike<number>,
  places: Int32Array,
  Type: new (length: number) => Values,
): Values {
  const taken = new Type(places.length);
  for (let i = 0; i < places.length; i++) taken[i] = values[places[i]!]!;
  return taken;
}

function checkLengths(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  argument: string,
  place: string,
): void {
  if (labels.length === scores.length) return;
  throw new ArgumentError(
    argument,
    `${place}${scores.length} values for ${labels.length} labels; expected one for each`,
  );
}

/**
 * Checks the weights of samples.
 *
 * @throws ArgumentError for another number of them than samples, or one that is not a finite number from 0
 */
export function checkWeights(weights: ArrayLike<number>, samples: number): void {
  if (weights.length !== samples) {
    throw new ArgumentError("options.weights", `has ${weights.length} values for ${samples} samples`);
  }
  for (let row = 0; row < samples; row++) {
    if (weights[row]! >= 0 && Number.isFinite(weights[row]!)) continue;
    throw new ArgumentError(
      "options.weights",
      `index ${row} is ${weights[row]}; expected a finite number from 0`,
    );
  }
}

/** {@link knownSample} and {@link ranked} for each class of a table. */
export function rankedColumns(
  labels: MatrixLike,
  probabilities: MatrixLike,
  names?: readonly string[],
  { weights, argument = "probabilities" }: Pick<SampleOptions, "weights" | "argument"> = {},
): { readonly rows: number; readonly classes: readonly string[]; readonly samples: readonly Sample[] } {
  const truth = columnsOf(labels, "labels");
  const predicted = columnsOf(probabilities, argument);
  const width = truth.columns.length;
  if (predicted.rows !== truth.rows || predicted.columns.length !== width) {
    throw new ArgumentError(
      argument,
      `has shape [${predicted.rows}, ${predicted.columns.length}] where the labels have [${truth.rows}, ${width}]`,
    );
  }
  if (names !== undefined && names.length !== width) {
    throw new ArgumentError("options.classes", `has ${names.length} names for ${width} columns`);
  }
  truth.classes?.forEach((name, c) => {
    const other = predicted.classes?.[c] ?? name;
    if (other !== name) {
      throw new ArgumentError(
        argument,
        `column ${c} is "${other}" where the labels have "${name}"; put both in one order`,
      );
    }
  });
  const classes = names ?? truth.classes ?? predicted.classes ?? truth.columns.map((_, c) => `class ${c}`);
  const samples = truth.columns.map((column, c) =>
    ranked(
      knownSample(column, predicted.columns[c]!, {
        argument,
        place: `class "${classes[c]}", `,
        ...(weights && { weights }),
      }),
    ),
  );
  return { rows: truth.rows, classes, samples };
}
