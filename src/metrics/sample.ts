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
 * Drops the samples with an unknown label or weight 0 and checks the rest. The scores may share memory with the caller's.
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
  const size = labels.length;
  const rows = new Int32Array(size);
  const kept = new Uint8Array(size);
  const counts = weights === undefined ? onesOf(size) : new Float64Array(size);
  let values = scores instanceof Float64Array ? scores : new Float64Array(size);
  let known = 0;
  for (let row = 0; row < size; row++) {
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
    if (weights !== undefined) {
      const weight = weights[row]!;
      if (weight === 0) continue;
      counts[known] = weight;
    }
    // The caller's own array serves until a sample is left out.
    if (values === scores && known < row) values = values.slice();
    if (values !== scores) values[known] = score;
    rows[known] = row;
    kept[known] = label;
    known++;
  }
  return {
    rows: rows.subarray(0, known),
    labels: kept.subarray(0, known),
    scores: values.subarray(0, known),
    weights: counts.subarray(0, known),
  };
}

/** The same samples by descending score; equal scores keep their order. */
export function ranked(sample: Sample): Sample {
  const { rows, labels, scores, weights } = sample;
  const size = scores.length;
  let descending = 1;
  while (descending < size && scores[descending - 1]! >= scores[descending]!) descending++;
  if (descending >= size) return sample;
  const order = rankOrder(scores);
  let alike = 1;
  while (alike < size && weights[alike] === weights[0]) alike++;
  const sorted = emptySample(size, alike === size ? weights : new Float64Array(size));
  for (let i = 0; i < size; i++) {
    const place = order[i]!;
    sorted.rows[i] = rows[place]!;
    sorted.labels[i] = labels[place]!;
    sorted.scores[i] = scores[place]!;
  }
  if (alike < size) for (let i = 0; i < size; i++) sorted.weights[i] = weights[order[i]!]!;
  return sorted;
}

const emptySample = (size: number, weights: Float64Array): Sample => ({
  rows: new Int32Array(size),
  labels: new Uint8Array(size),
  scores: new Float64Array(size),
  weights,
});

let ones = new Float64Array(0);

/** As many ones as asked for. One array serves all samples, since none is written to once it is made. */
function onesOf(size: number): Float64Array {
  if (ones.length < size) ones = new Float64Array(size).fill(1);
  return ones.subarray(0, size);
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

/** The samples of each class of a table. */
export interface SampleColumns {
  /** How many rows the table has. */
  readonly rows: number;
  /** How many of them are not of weight 0. */
  readonly counted: number;
  /** Names of its columns. */
  readonly classes: readonly string[];
  /** One a column. */
  readonly samples: readonly Sample[];
}

/** {@link knownSample} for each class of a table. */
export function knownColumns(
  labels: MatrixLike,
  probabilities: MatrixLike,
  names?: readonly string[],
  { weights, argument = "probabilities" }: Pick<SampleOptions, "weights" | "argument"> = {},
): SampleColumns {
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
    knownSample(column, predicted.columns[c]!, {
      argument,
      place: `class "${classes[c]}", `,
      ...(weights && { weights }),
    }),
  );
  let counted = truth.rows;
  for (let row = 0; weights !== undefined && row < truth.rows; row++) if (weights[row] === 0) counted--;
  return { rows: truth.rows, counted, classes, samples };
}

/** {@link knownColumns}, each {@link ranked}. */
export function rankedColumns(...table: Parameters<typeof knownColumns>): SampleColumns {
  const columns = knownColumns(...table);
  return { ...columns, samples: columns.samples.map(ranked) };
}
