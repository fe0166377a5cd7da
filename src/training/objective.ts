import { add, mul, type Scalar, type Tensor, tensor, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError, ModelError } from "../errors.js";
import type { Loss } from "../losses/loss.js";
import { rowMajor } from "../matrix.js";
import type { ModelContract, ModelHead } from "../models/contract.js";
import type { Batch } from "./batch.js";
import { targetOf } from "./heads.js";

/** The loss of a head and how much it counts. */
export interface WeightedLoss {
  /** Labels or masks and logits of the head in, one number out. */
  readonly loss: Loss;
  /** Factor in the sum over heads, above 0; 1 by default. */
  readonly weight?: number;
}

/** What to make small: one loss for all heads, or one by the head's name, with a weight where it is not 1. */
export type Losses = Loss | Readonly<Record<string, Loss | WeightedLoss>>;

/** The losses of a model's heads, as training uses them. */
export interface Objective {
  /** In the order of the model's outputs. */
  readonly heads: readonly { readonly head: ModelHead; readonly loss: Loss; readonly weight: number }[];
  /** Trainable variables of the losses themselves. */
  readonly variables: readonly Variable[];
}

/** The loss of a batch, to differentiate. */
export interface BatchLoss {
  /** The weighted sum over the heads and the weight penalties of the layers. */
  readonly total: Scalar;
  /** Of each head, before its weight. */
  readonly parts: readonly Scalar[];
}

/** The functions alone, each once. */
export function lossesOf(losses: Losses): readonly Loss[] {
  if (typeof losses === "function") return [losses];
  return [...new Set(Object.values(losses).map((each) => (typeof each === "function" ? each : each.loss)))];
}

/**
 * Brings losses and heads together.
 *
 * @throws ModelError for a model without heads
 * @throws ArgumentError for a head without a loss, a loss without a head or a weight that is not a finite number above 0
 */
export function objectiveOf({ heads }: ModelContract, losses: Losses): Objective {
  if (heads.length === 0) {
    throw new ModelError(
      "heads",
      "the model has no head, so nothing to learn: give it classes, or put heads on it by unet or multitaskModel",
    );
  }
  const named = typeof losses === "function" ? undefined : losses;
  const stranger = Object.keys(named ?? {}).find((name) => !heads.some((head) => head.name === name));
  if (stranger !== undefined) {
    throw new ArgumentError(
      "options.loss",
      `"${stranger}" is no head of the model; it has ${heads.map(({ name }) => name).join(", ")}`,
    );
  }
  const weighted = heads.map((head) => {
    const found = named ? named[head.name] : (losses as Loss);
    if (found === undefined) {
      throw new ArgumentError("options.loss", `has none for the head "${head.name}"`);
    }
    const { loss, weight = 1 } = typeof found === "function" ? { loss: found } : found;
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new ArgumentError(
        "options.loss",
        `weighs the head "${head.name}" by ${weight}; expected a finite number above 0`,
      );
    }
    return { head, loss, weight };
  });
  const variables = new Set(weighted.flatMap(({ loss }) => loss.variables ?? []));
  return { heads: weighted, variables: [...variables] };
}

/** The weighted sum of the heads' losses, penalties of layers added; for one head of weight 1 its loss as it is. */
export function totalLoss(model: LayersModel, { heads }: Objective, parts: readonly Scalar[]): Scalar {
  const weighted = parts.map((part, i) =>
    heads[i]!.weight === 1 ? part : mul<Scalar>(part, heads[i]!.weight),
  );
  return [...weighted, ...model.calculateLosses()].reduce((sum, term) => add(sum, term));
}

/** The loss of a batch, with the model in training mode. */
export function batchLoss(
  model: LayersModel,
  objective: Objective,
  batch: Batch,
  run: (images: Tensor) => Tensor | Tensor[],
): BatchLoss {
  const images = tensor(rowMajor(batch.images), batch.images.shape);
  const outputs = [run(images)].flat();
  const parts = objective.heads.map(({ head, loss }, i) => {
    const target = targetOf(head, batch);
    return loss(tensor(rowMajor(target), target.shape), outputs[i]!);
  });
  return { total: totalLoss(model, objective, parts), parts };
}
