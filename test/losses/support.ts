import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients.
import "@tensorflow/tfjs-layers";
import type { Loss } from "../../src/losses/loss.js";

/** Values, row first, with their shape; null and NaN are unknown. */
export interface Cells {
  readonly shape: readonly number[];
  readonly labels: readonly (number | null)[];
  readonly predictions: readonly number[];
}

/** What a loss gives. */
export interface Evaluated {
  readonly value: number;
  readonly gradient: number[];
  /** In the loss's own variables. */
  readonly variableGradients: number[][];
}

/** A loss with its gradients in the predictions and in its own variables. */
export async function evaluate(loss: Loss, { shape, labels, predictions }: Cells): Promise<Evaluated> {
  const yTrue = tf.tensor(
    labels.map((label) => label ?? NaN),
    [...shape],
    "float32",
  );
  const yPred = tf.tidy(() => tf.variable(tf.tensor([...predictions], [...shape], "float32")));
  const own = [...(loss.variables ?? [])];
  const { value, grads } = tf.tidy(() => tf.variableGrads(() => loss(yTrue, yPred), [yPred, ...own]));
  const read = async (x: tf.Tensor) => [...(await x.data())];
  const result = {
    value: (await value.data())[0]!,
    gradient: await read(grads[yPred.name]!),
    variableGradients: await Promise.all(own.map(({ name }) => read(grads[name]!))),
  };
  tf.dispose([yTrue, yPred, value, ...Object.values(grads)]);
  return result;
}

/** A column of one class. */
export const column = (labels: readonly (number | null)[], predictions: readonly number[]): Cells => ({
  shape: [labels.length, 1],
  labels,
  predictions,
});
