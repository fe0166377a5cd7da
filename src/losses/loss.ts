import type { Scalar, Tensor } from "@tensorflow/tfjs-core";

/**
 * What training makes small: labels and a model's output, of the same shape, in; one differentiable number out.
 * `model.compile({ loss })` takes it too.
 */
export type Loss = (yTrue: Tensor, yPred: Tensor) => Scalar;
