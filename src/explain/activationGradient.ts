import {
  add,
  clone,
  customGrad,
  dispose,
  grad,
  keep,
  scalar,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { releaseTape } from "../models/releaseTape.js";
import type { ResolvedTarget } from "./target.js";

/** A layer's output and how a score depends on it; both [batch, height, width, channels]. */
export interface ActivationGradient {
  /** The layer's output A. */
  readonly activation: Tensor4D;
  /** d score / d A. */
  readonly gradient: Tensor4D;
}

/**
 * Runs a model once, forwards and back to one layer, in inference mode (no dropout, moving statistics). The graph stays
 * as it is: during the pass the layer's output goes through an identity that notes the gradient on the way back.
 * Nothing before the layer is differentiated.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects
 * @throws ModelError when the layer does not run exactly once, or the score does not depend on its output
 */
export function activationGradient(
  model: LayersModel,
  layer: layers.Layer,
  target: ResolvedTarget,
  images: Tensor4D,
): ActivationGradient {
  const activations: Tensor[] = [];
  const gradients: Tensor[] = [];
  const recorded = customGrad((x) => {
    const output = x as Tensor;
    activations.push(keep(output.clone()));
    const gradFunc = (dy: Tensor): Tensor => {
      gradients.push(keep(dy.clone()));
      return dy;
    };
    return { value: output.clone(), gradFunc };
  });
  // Differentiating by a zero added here and to the score, not by the images, ends the way back at the layer.
  const scoreFrom = (zero: Tensor): Tensor => {
    const tap = (output: Tensor): Tensor => recorded(add(output, zero));
    return whileTapped(layer, tap, () => {
      const outputs = [model.apply(images, { training: false })].flat() as Tensor[];
      return add(sum(target.scores(outputs[target.output]!)), zero);
    });
  };

  try {
    tidy(() => void grad(scoreFrom)(scalar(0)));
    const fault =
      activations.length !== 1
        ? `runs ${activations.length} times in one pass; expected a layer that runs once`
        : gradients.length !== 1
          ? "does not lead to the target; choose a layer between the input and the explained output"
          : undefined;
    if (fault !== undefined) throw new ModelError(layer.name, `layer "${layer.name}" ${fault}`);
    return { activation: clone(activations[0] as Tensor4D), gradient: clone(gradients[0] as Tensor4D) };
  } catch (error) {
    releaseTape();
    throw error;
  } finally {
    dispose([...activations, ...gradients]);
  }
}

/** Runs something synchronous while a layer's output passes through `tap`; the layer is as before at the end. */
function whileTapped<T>(layer: layers.Layer, tap: (output: Tensor) => Tensor, run: () => T): T {
  const own = Object.getOwnPropertyDescriptor(layer, "call");
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => [call(inputs, kwargs)].flat().map(tap);
  try {
    return run();
  } finally {
    if (own === undefined) Reflect.deleteProperty(layer, "call");
    else Object.defineProperty(layer, "call", own);
  }
}
