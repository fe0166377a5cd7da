import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { randomStream } from "../random.js";

/** How a {@link SeededDropout} layer drops. */
export interface SeededDropoutConfig {
  /** Share of the values that are set to 0, in [0, 1). */
  readonly rate: number;
  /** Seed of the masks; 0 by default. Layers of one model ought to have different seeds. */
  readonly seed?: number;
  /** Training calls made so far, which a saved layer goes on from; 0 by default. */
  readonly calls?: number;
  /** Name of the layer. */
  readonly name?: string;
}

/**
 * Dropout whose masks are new on every training call and the same in every run: the mask depends on the seed and on the
 * number of training calls before, on no global generator and no backend. TensorFlow.js's own layer either repeats one
 * mask (with a seed) or can't be reproduced (without).
 *
 * In training each value is set to 0 with probability `rate` and otherwise divided by 1 - rate, so that its expectation
 * stays (inverted dropout; Srivastava et al., JMLR 2014). Outside training the input passes unchanged. Any shape; NaN
 * stays NaN.
 *
 * A model that holds this layer can be loaded once this module was imported, since that registers the class.
 */
export class SeededDropout extends layers.Layer {
  /** Name of the class in saved models. */
  static readonly className = "SeededDropout";

  private readonly rate: number;
  private readonly seed: number;
  private calls: number;

  /** @throws ArgumentError for a rate outside [0, 1) */
  constructor(config: SeededDropoutConfig) {
    super(config);
    if (!(config.rate >= 0 && config.rate < 1)) {
      throw new ArgumentError("config.rate", `is ${config.rate}; expected a number in [0, 1)`);
    }
    this.rate = config.rate;
    this.seed = config.seed ?? 0;
    this.calls = config.calls ?? 0;
  }

  /** Drops values when `options.training` is true; hands the input on otherwise. */
  override call(inputs: tf.Tensor | tf.Tensor[], options: { readonly training?: boolean }): tf.Tensor {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (options.training !== true || this.rate === 0) return input;
    const mask = this.mask(input.size);
    return tf.tidy(() => tf.mul(input, tf.tensor(mask, input.shape)));
  }

  /** What a saved model keeps of the layer. */
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, calls: this.calls };
  }

  private mask(size: number): Float32Array {
    const random = randomStream(this.seed).fork(this.calls++);
    const kept = 1 / (1 - this.rate);
    const mask = new Float32Array(size);
    for (let i = 0; i < size; i++) mask[i] = random.uniform() < this.rate ? 0 : kept;
    return mask;
  }
}
tf.serialization.registerClass(SeededDropout);
