import { type Scalar, slice, sum, type Tensor2D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { contractOf } from "../models/contract.js";

/**
 * What is explained: the name of a class (the model's contract tells its column), a column from 0, or a function of the
 * logits [batch, classes]. A function gives the sum over the batch of what it explains in each image, as in
 * `(logits) => tf.sum(tf.slice(logits, [0, 2], [-1, 1]))`, which is the same as 2.
 */
export type ExplanationTarget = string | number | ((logits: Tensor2D) => Scalar);

/** A target tied to one output of a model. */
export interface ResolvedTarget {
  /** Which output. */
  readonly output: number;
  /** The number to explain, summed over the batch. */
  score(logits: Tensor2D): Scalar;
}

/**
 * Finds the output and the function that a target means.
 *
 * @param head name of the output layer; without it, the first
 * @throws ModelError for an unknown head or class, a column outside the output, a name without a contract, an output
 *   that is not [batch, classes]
 */
export function resolveTarget(
  model: LayersModel,
  target: ExplanationTarget,
  head = model.outputNames[0]!,
): ResolvedTarget {
  const output = model.outputNames.indexOf(head);
  if (output < 0) {
    throw new ModelError(
      head,
      `model "${model.name}" has no head "${head}"; it has ${quoted(model.outputNames)}`,
    );
  }
  const { shape } = model.outputs[output]!;
  const width = shape[1];
  if (shape.length !== 2 || typeof width !== "number") {
    throw new ModelError(head, `output "${head}" has shape [${shape}]; expected logits [batch, classes]`);
  }
  if (typeof target === "function") return { output, score: target };
  const column = typeof target === "number" ? target : columnNamed(model, head, target);
  if (!Number.isInteger(column) || column < 0 || column >= width) {
    throw new ModelError(head, `output "${head}" has columns 0 to ${width - 1}; the target is ${column}`);
  }
  return { output, score: (logits) => sum(slice(logits, [0, column], [-1, 1])) };
}

function columnNamed(model: LayersModel, head: string, name: string): number {
  const { heads } = contractOf(model);
  const column = heads.find((candidate) => candidate.name === head)?.classes.indexOf(name) ?? -1;
  if (column < 0) {
    const known = heads.map((candidate) => `"${candidate.name}" has ${quoted(candidate.classes)}`).join("; ");
    const owner = heads.find(({ kind, classes }) => kind !== "segmentation" && classes.includes(name));
    const wayOut = owner ? `: say head: "${owner.name}"` : "";
    throw new ModelError(
      name,
      `head "${head}" of model "${model.name}" has no class "${name}"; head ${known}${wayOut}`,
    );
  }
  return column;
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
