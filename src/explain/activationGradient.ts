import {
  add,
  customGrad,
  dispose,
  engine,
  grad,
  keep,
  type Scalar,
  scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import type { layers, LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import type { ResolvedTarget } from "./target.js";

/** A layer's output and how a score depends on it; both [batch, height, width, channels], to be disposed of. */
export interface ActivationGradient {
  /** The layer's output A. */
  readonly activation: Tensor4D;
  /** d score / d A. */
  readonly gradient: Tensor4D;
}

/**
 * Runs a model once, forwards and back to one layer, in inference mode (no dropout, moving statistics). The graph is
 * left as it is: during the pass the layer's `call` passes its output through an identity that records the gradient on
 * the way back; the pass is synchronous, and the layer is as before when this returns or throws. Nothing before the
 * layer is differentiated.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects
 * @throws ModelError when the layer does not run exactly once, or the score does not depend on it
 */
export function activationGradient(
  model: LayersModel,
  layer: layers.Layer,
  target: ResolvedTarget,
  images: Tensor4D,
): ActivationGradient {
  const activations: Tensor4D[] = [];
  const gradients: Tensor4D[] = [];
  const identity = customGrad((x) => {
    activations.push(keep((x as Tensor4D).clone()));
    return {
      value: (x as Tensor4D).clone(),
      gradFunc: (dy: Tensor) => {
        gradients.push(keep((dy as Tensor4D).clone()));
        return dy;
      },
    };
  });
  // The gradient is asked for with respect to this zero, so that what lies before the layer is left out of the way back.
  const pass = (zero: Tensor): Scalar =>
    whileCalling(
      layer,
      (output) => identity(add(output, zero)),
      () => {
        const outputs = [model.apply(images, { training: false })].flat() as Tensor[];
        return target.score(outputs[target.output] as Tensor2D).add(zero);
      },
    );
  try {
    tidy(() => void grad(pass)(scalar(0)));
    ...
  }
}
