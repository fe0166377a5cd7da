import {
  addN,
  dispose,
  keep,
  type NamedTensorMap,
  type Scalar,
  square,
  stack,
  sum,
  type Tensor,
  tidy,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { TrainingError } from "../errors.js";
import { releaseTape } from "../models/releaseTape.js";
import type { Batch } from "./batch.js";
import { batchLoss, type Objective } from "./objective.js";
import { snapshotWeights } from "./weightSnapshot.js";

/** Where a step stands, from 1. */
export interface StepPlace {
  readonly epoch: number;
  readonly batch: number;
}

/** The loss of a batch and where it falls. */
export interface BatchGradients {
  /** Before the step. */
  readonly loss: number;
  /** Of each head, before its weight. */
  readonly parts: readonly number[];
  /** Sum of the squares of all numbers of the gradient. */
  readonly squares: number;
  /** By name of the variable; none for a variable that the loss does not use. The caller frees them. */
  readonly gradients: NamedTensorMap;
}

/** How the gradient of a batch is computed. */
export interface GradientOptions {
  /** What is trained. */
  readonly variables: Variable[];
  /** Runs the model in training mode. */
  readonly run: (images: Tensor) => Tensor | Tensor[];
}

/**
 * The gradient of the loss on one batch, with the model in training mode: dropout drops, and batch normalisation uses the
 * batch's statistics and updates its moving ones.
 *
 * When the loss or its gradient throws, or either is not finite, the moving statistics are as before. No tensor is left on
 * any way out but the gradients.
 *
 * @throws TrainingError when the loss or its gradient is NaN or infinite
 */
export async function batchGradients(
  model: LayersModel,
  objective: Objective,
  batch: Batch,
  at: StepPlace,
  { variables, run }: GradientOptions,
): Promise<BatchGradients> {
  const before = snapshotWeights(model.nonTrainableWeights);
  try {
    const { figures, grads } = differentiate(() => batchLoss(model, objective, batch, run), variables);
    try {
      const [loss, squares, ...parts] = await figures.data();
      if (!Number.isFinite(loss)) throw divergence(`the loss is ${loss}`, batch, at);
      if (!Number.isFinite(squares)) {
        throw divergence(`the loss is ${loss}, but its gradient is not finite`, batch, at);
      }
      return { loss: loss!, parts, squares: squares!, gradients: grads };
    } catch (error) {
      dispose(grads);
      throw error;
    } finally {
      figures.dispose();
    }
  } catch (error) {
    before.restore();
    throw error;
  } finally {
    before.dispose();
  }
}

/**
 * variableGrads, but with nothing left behind when `f` or the way back through it throws, and with all that is to be read
 * in one tensor: the loss, the sum of the gradient's squares, the loss of each head.
 */
function differentiate(
  f: () => { readonly total: Scalar; readonly parts: readonly Scalar[] },
  variables: Variable[],
): { readonly figures: Tensor; readonly grads: NamedTensorMap } {
  let parts: Scalar[] = [];
  try {
    return tidy(() => {
      const { value, grads } = variableGrads(() => {
        const loss = f();
        parts = loss.parts.map((part) => keep(part.clone()));
        return loss.total;
      }, variables);
      const squares = Object.values(grads)
        .filter((gradient) => gradient != null)
        .map((gradient) => sum<Scalar>(square(gradient)));
      return { figures: stack([value, addN(squares), ...parts]), grads };
    });
  } catch (error) {
    releaseTape();
    throw error;
  } finally {
    dispose(parts);
  }
}

function divergence(fault: string, batch: Batch, at: StepPlace): TrainingError {
  const imageIds = batch.studies.map(({ imageId }) => imageId);
  const shown = imageIds.slice(0, 5).join(", ");
  const more = imageIds.length > 5 ? ` and ${imageIds.length - 5} more` : "";
  return new TrainingError(
    `${fault} in epoch ${at.epoch}, batch ${at.batch} (images ${shown}${more}); the weights are those before ` +
      "this batch. Look for values in these images and for weights of the loss that are not finite, or lower the " +
      "learning rate",
    { ...at, imageIds },
  );
}
