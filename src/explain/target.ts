import {
  cast,
  concat,
  greaterEqual,
  mul,
  reshape,
  type Scalar,
  slice,
  sum,
  Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor3d,
  tidy,
} from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import { ArgumentError, ModelError } from "../errors.js";
import { rowMajor } from "../matrix.js";
import { contractOf } from "../models/contract.js";

/**
 * What is explained: the name of a class or mask (the model's contract tells its column), a column from 0, or a function of
 * the logits, [batch, classes] or of a segmentation [batch, height, width, masks]. A function gives the sum over the batch
 * of what it explains in each image, as in `(logits) => tf.sum(tf.slice(logits, [0, 2], [-1, 1]))`, which is the same as 2; one
 * that gives anything but a tensor of one number is an ArgumentError.
 */
export type ExplanationTarget = string | number | TargetFunction;

/** A number to explain, of a batch's logits. A method's type, so that functions of a Tensor2D or a Tensor4D fit too. */
export type TargetFunction = {
  /** The number, over the whole batch. */
  score(logits: Tensor): Scalar;
}["score"];

/** Which output of a model is explained, and where in it. */
export interface TargetOptions {
  /** Name of the output layer, for a model with several. Default: the first. */
  readonly head?: string;
  /**
   * Of which pixels a segmentation's logits are summed (Vinogradova et al., Towards interpretable semantic segmentation via
   * Seg-Grad-CAM, AAAI 2020): those that the model puts inside the mask (logit >= 0; the default), all, or those above 0 in a
   * mask of shape [height, width] of the output.
   */
  readonly region?: "predicted" | "all" | NdArray<Uint8Array>;
}

/** A target with its output and region. */
export interface HeadTarget extends TargetOptions {
  /** A class by name or column, or a function of the logits. */
  readonly target: ExplanationTarget;
}

/** A target tied to one output of a model. */
export interface ResolvedTarget {
  /** Which output. */
  readonly output: number;
  /**
   * The number to explain, one an image: shape [batch].
   *
   * @param unaltered the same output for the images as they are, [batch or 1, ...], when `logits` are of altered ones: the
   *   region that the model predicts is theirs. Default: `logits`
   */
  scores(logits: Tensor, unaltered?: Tensor): Tensor1D;
}

/**
 * Finds the output and the function that a target means.
 *
 * @throws ModelError for an unknown head or class, a column outside the output, a name without a contract, an output that is
 *   neither [batch, classes] nor [batch, height, width, masks]
 * @throws ArgumentError for a region of another size than the output, or one of a classification; later, for a function
 *   that gives anything but one number
 */
export function resolveTarget(
  model: LayersModel,
  target: ExplanationTarget,
  { head = model.outputNames[0]!, region }: TargetOptions = {},
): ResolvedTarget {
  const output = model.outputNames.indexOf(head);
  if (output < 0) {
    throw new ModelError(
      head,
      `model "${model.name}" has no head "${head}"; it has ${quoted(model.outputNames)}`,
    );
  }
  const { shape } = model.outputs[output]!;
  const width = shape.at(-1);
  if ((shape.length !== 2 && shape.length !== 4) || typeof width !== "number") {
    throw new ModelError(
      head,
      `output "${head}" has shape [${shape}]; expected logits [batch, classes] or [batch, height, width, masks]`,
    );
  }
  if (region !== undefined) checkRegion(region, head, shape);
  if (typeof target === "function") return { output, scores: (logits) => eachImage(logits, target) };
  const column = typeof target === "number" ? target : columnNamed(model, head, target);
  if (!Number.isInteger(column) || column < 0 || column >= width) {
    throw new ModelError(head, `output "${head}" has columns 0 to ${width - 1}; the target is ${column}`);
  }
  return {
    output,
    scores:
      shape.length === 2
        ? (logits) => tidy(() => reshape(slice(logits, [0, column], [-1, 1]), [-1]))
        : (logits, unaltered = logits) =>
            tidy(() => {
              const [mask, own] = [logits, unaltered].map((maps) => {
                const one = slice(maps as Tensor4D, [0, 0, 0, column], [-1, -1, -1, 1]);
                return reshape(one, one.shape.slice(0, 3));
              }) as [Tensor, Tensor];
              return sum(within(mask, own, region ?? "predicted"), [1, 2]) as Tensor1D;
            }),
  };
}

/** The logits [batch, height, width] of the pixels of a region, 0 elsewhere. */
function within(logits: Tensor, unaltered: Tensor, region: NonNullable<TargetOptions["region"]>): Tensor {
  if (region === "all") return logits;
  if (region === "predicted") return mul(logits, cast(greaterEqual(unaltered, 0), "float32"));
  const inside = Float32Array.from(rowMajor(region), (value) => Number(value > 0));
  return mul(logits, tensor3d(inside, [1, region.shape[0]!, region.shape[1]!]));
}

function checkRegion(
  region: NonNullable<TargetOptions["region"]>,
  head: string,
  shape: readonly (number | null)[],
): void {
  if (shape.length !== 4) {
    throw new ArgumentError(
      "region",
      `is of head "${head}", which gives one number a class; only masks have regions`,
    );
  }
  if (region === "predicted" || region === "all") return;
  const [, height, width] = shape;
  const [rows, columns] = region.shape;
  if ((height ?? rows) !== rows || (width ?? columns) !== columns || region.shape.length !== 2) {
    throw new ArgumentError(
      "region",
      `has shape [${region.shape}]; head "${head}" gives [${height}, ${width}]`,
    );
  }
}

/** A function of a batch, of each image alone: images do not depend on each other at inference. */
function eachImage(logits: Tensor, target: TargetFunction): Tensor1D {
  return tidy(() => {
    const [batch, ...rest] = logits.shape as [number, ...number[]];
    const rows = Array.from({ length: batch }, (_, i) => {
      const score: unknown = target(slice(logits, [i, ...rest.map(() => 0)], [1, ...rest]));
      if (score instanceof Tensor && score.size === 1) return reshape(score, [1]);
      const given = score instanceof Tensor ? `a tensor of shape [${score.shape}]` : `${score}`;
      throw new ArgumentError("target", `gave ${given} for an image; expected a tensor of one number`);
    });
    return concat(rows) as Tensor1D;
  });
}

function columnNamed(model: LayersModel, head: string, name: string): number {
  const { heads } = contractOf(model);
  const column = heads.find((candidate) => candidate.name === head)?.classes.indexOf(name) ?? -1;
  if (column < 0) {
    const known = heads.map((candidate) => `"${candidate.name}" has ${quoted(candidate.classes)}`).join("; ");
    const owner = heads.find(({ classes }) => classes.includes(name));
    const wayOut = owner ? `: say head: "${owner.name}"` : "";
    throw new ModelError(
      name,
      `head "${head}" of model "${model.name}" has no class "${name}"; head ${known}${wayOut}`,
    );
  }
  return column;
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
