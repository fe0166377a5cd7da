import { initializers } from "@tensorflow/tfjs-layers";
import { randomStream } from "../random.js";

/**
 * Keras's default initialiser (Glorot and Bengio 2010, uniform) with a seed of its own for each layer. The numbers are
 * drawn in JavaScript, so a seed gives the same weights on every backend, whatever other layers the model has.
 *
 * @param seed the model's seed
 * @param layer name of the layer
 */
export function seededGlorotUniform(
  seed: number,
  layer: string,
): ReturnType<typeof initializers.glorotUniform> {
  return initializers.glorotUniform({
    seed: randomStream(seed)
      .fork(layer)
      .integer(2 ** 32),
  });
}
