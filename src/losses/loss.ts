import type { Scalar, Tensor, Variable } from "@tensorflow/tfjs-core";

/**
 * What training makes small: labels and a model's output, of the same shape, in; one differentiable number out. A plain
 * function is one. `model.compile({ loss })` takes it too, but trains no variables of the loss.
 */
export interface Loss {
  (yTrue: Tensor, yPred: Tensor): Scalar;
  /** Trainable variables of the loss itself, which are to be trained beside the model's weights. */
  readonly variables?: readonly Variable[];
  /** Class name of the only optimizer that trains the variables the right way; absent where any does. */
  readonly optimizer?: string;
  /** Frees the variables. */
  dispose?(): void;
}
