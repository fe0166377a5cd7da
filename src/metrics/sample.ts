import { ArgumentError } from "../errors.js";
import { columnsOf, type MatrixLike } from "../matrix.js";

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

/**
 * Drops the samples with an unknown label and checks the rest.
 *
 * @param argument the caller's name of `scores`; "probabilities" have to lie in [0, 1]
 * @param place says in errors where the two arrays stand, such as `class "Edema", `
 * @throws ArgumentError when the lengths differ, a label is not 0, 1 or NaN, or the score of a known label is not
 *   finite or not in range
 */
export function knownSample(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  argument: "scores" | "scoresA" | "scoresB" | "probabilities" = "scores",
  place = "",
): Sample {
  if (labels.length !== scores.length) {
    throw new ArgumentError(
      argument,
      `${place}${scores.length} values for ${labels.length} labels; expected one for each`,
    );
  }
  const rows = new Int32Array(labels.length);
  let known = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (Number.isNaN(label)) continue;
    if (label !== 0 && label !== 1) {
      throw new ArgumentError("labels", `${place}index ${row} is ${label}; expected 0, 1 or NaN (unknown)`);
    }
    const score = scores[row]!;
    if (argument === "probabilities" && !(score >= 0 && score <= 1)) {
      throw new ArgumentError(
        argument,
        `${place}index ${row} is ${score}; expected a probability in [0, 1] wherever the label is known`,
      );
    }
    if (!Number.isFinite(score)) {
      throw new ArgumentError(
        argument,
        `${place}index ${row} is ${score}; expected a finite number wherever the label is known`,
      );
    }
    rows[known++] = row;
  }
  const kept = rows.slice(0, known);
  return {
    rows: kept,
    labels: Uint8Array.from(kept, (row) => labels[row]!),
    scores: Float64Array.from(kept, (row) => scores[row]!),
    weights: new Float64Array(known).fill(1),
  };
}

/** The same samples by descending score; equal scores keep their order. */
export function ranked(sample: Sample): Sample {
  const { rows, labels, scores, weights } = sample;
  const order = Int32Array.from(rows, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  return {
    rows: order.map((i) => rows[i]!),
    labels: Uint8Array.from(order, (i) => labels[i]!),
    scores: Float64Array.from(order, (i) => scores[i]!),
    weights: Float64Array.from(order, (i) => weights[i]!),
  };
}

/** {@link knownSample} and {@link ranked} for each class of a table. */
export function rankedColumns(
  labels: MatrixLike,
  probabilities: MatrixLike,
  names?: readonly string[],
): { readonly rows: number; readonly classes: readonly string[]; readonly samples: readonly Sample[] } {
  const truth = columnsOf(labels, "labels");
  const predicted = columnsOf(probabilities, "probabilities");
  const width = truth.columns.length;
  if (predicted.rows !== truth.rows || predicted.columns.length !== width) {
    throw new ArgumentError(
      "probabilities",
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
        "probabilities",
        `column ${c} is "${other}" where the labels have "${name}"; put both in one order`,
      );
    }
  });
  const classes = names ?? truth.classes ?? predicted.classes ?? truth.columns.map((_, c) => `class ${c}`);
  const samples = truth.columns.map((column, c) =>
    ranked(knownSample(column, predicted.columns[c]!, "probabilities", `class "${classes[c]}", `)),
  );
  return { rows: truth.rows, classes, samples };
}
