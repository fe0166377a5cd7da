import {
  dispose,
  type NamedTensorMap,
  type Optimizer,
  type Scalar,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { TrainingError } from "../errors.js";
import type { Loss } from "../losses/loss.js";
import { rowMajor } from "../matrix.js";
import { releaseTape } from "../models/releaseTape.js";
import type { Batch } from "./batch.js";
import { snapshotWeights } from "./weightSnapshot.js";

/**
 * One step of gradient descent on one batch, with the model in training mode: dropout drops, and batch normalisation
 * uses the batch's statistics and updates its moving ones.
 *
 * When the loss or its gradient throws, or the loss is not finite, no weight has changed, the moving statistics included.
 * No tensor is left on any way out.
 *
 * @param at where the step stands, from 1, for errors
 * @returns the loss before the step
 * @throws TrainingError when the loss is NaN or infinite
 */
export async function trainingStep(
  model: LayersModel,
  optimizer: Optimizer,
  objective: Loss,
  batch: Batch,
  at: { readonly epoch: number; readonly batch: number },
): Promise<number> {
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const before = snapshotWeights(model.nonTrainableWeights);
  try {
    const { value, grads } = gradients(() => {
      const images = tensor(rowMajor(batch.images), batch.images.shape);
      const { values } = batch.targets ?? batch.labels;
      const labels = tensor(rowMajor(values), values.shape);
      return objective(labels, model.apply(images, { training: true }) as Tensor);
    }, variables);
    try {
      const loss = (await value.data())[0]!;
      if (!Number.isFinite(loss)) throw divergence(loss, batch, at);
      // Optimizers keep their slots by position: a variable that the loss does not use, which has no gradient, keeps
      // its place in the list and is passed over.
      optimizer.applyGradients(variables.map(({ name }) => ({ name, tensor: grads[name]! })));
      return loss;
    } finally {
      dispose([value, ...Object.values(grads)]);
    }
  } catch (error) {
    before.restore();
    throw error;
  } finally {
    before.dispose();
  }
}

/** variableGrads, but with nothing left behind when `f` or the way back through it throws. */
function gradients(f: () => Scalar, variables: Variable[]): { value: Scalar; grads: NamedTensorMap } {
  try {
    return tidy(() => variableGrads(f, variables));
  } catch (error) {
    releaseTape();
    throw error;
  }
}

function divergence(
  loss: number,
  batch: Batch,
  at: { readonly epoch: number; readonly batch: number },
): TrainingError {
  const imageIds = batch.studies.map(({ imageId }) => imageId);
  const shown = imageIds.slice(0, 5).join(", ");
  const more = imageIds.length > 5 ? ` and ${imageIds.length - 5} more` : "";
  return new TrainingError(
    `the loss is ${loss} in epoch ${at.epoch}, batch ${at.batch} (images ${shown}${more}); the weights are those before ` +
      "this batch. Look for values in these images and for weights of the loss that are not finite, or lower the " +
      "learning rate",
    { ...at, imageIds },
  );
}
