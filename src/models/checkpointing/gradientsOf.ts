import { clone, customGrad, engine, scalar, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { releaseTape } from "../releaseTape.js";

/**
 * Gradients of several results of `f`, given those of the loss to each result; undefined for an x that they don't depend on.
 * It may be called on the way back of another computation, whose tape it leaves alone.
 */
export function gradientsOf(
  f: () => readonly Tensor[],
  xs: readonly Tensor[],
  slopes: readonly Tensor[],
): readonly (Tensor | undefined)[] {
  const { state } = engine();
  const outerTape = state.activeTape;
  // One result whose gradient to each of the others is the slope there.
  const joined = customGrad(() => ({
    value: scalar(0),
    gradFunc: () => slopes.map((slope) => clone(slope)),
  }));
  try {
    return tidy(() => engine().gradients(() => joined(...f()), [...xs], undefined, true).grads);
  } catch (error) {
    if (state.activeTape !== outerTape) releaseTape();
    throw error;
  } finally {
    state.activeTape = outerTape;
  }
}
