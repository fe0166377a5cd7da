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
  /**
   * Shape of the mask, as Keras has it: null for the input's size, 1 where one draw holds for all, so that
   * [null, 1, 1, 1] drops whole samples of [batch, height, width, channels]. By default each value is drawn by itself.
   */
  readonly noiseShape?: readonly (number | null)[];
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
 * stays (inverted dropout; Srivastava et al., JMLR 2014). With a `noiseShape`, values that share a draw are dropped
 * together (stochastic depth of Huang et al., ECCV 2016, for whole samples). Outside training the input passes
 * unchanged. Any shape; NaN stays NaN.
 *
 * A model that holds this layer can be loaded once this module was imported, since that registers the class.
 */
export class SeededDropout extends layers.Layer {
  /** Name of the class in saved models. */
  static readonly className = "SeededDropout";

  private readonly rate: number;
  private readonly seed: number;
  private readonly noiseShape: readonly (number | null)[] | undefined;
  /** Training calls made so far: the next mask depends on it. */
  calls: number;

  /** @throws ArgumentError for a rate outside [0, 1), or a noise shape of other numbers than null, 1, 2, ... */
  constructor(config: SeededDropoutConfig) {
    super(config);
    if (!(config.rate >= 0 && config.rate < 1)) {
      throw new ArgumentError("config.rate", `is ${config.rate}; expected a number in [0, 1)`);
    }
    const wrong = config.noiseShape?.find((size) => size !== null && !(Number.isInteger(size) && size > 0));
    if (wrong !== undefined) {
      throw new ArgumentError(
        "config.noiseShape",
        `holds ${wrong}; expected null, 1 or a whole number above 1`,
      );
    }
    this.rate = config.rate;
    this.noiseShape = config.noiseShape ?? undefined;
    this.seed = config.seed ?? 0;
    this.calls = config.calls ?? 0;
  }

  /**
   * Drops values when `options.training` is true; hands the input on otherwise.
   *
   * @throws ArgumentError in training, for an input that the noise shape does not fit
   */
  override call(inputs: tf.Tensor | tf.Tensor[], options: { readonly training?: boolean }): tf.Tensor {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (options.training !== true || this.rate === 0) return input;
    const shape = this.maskShape(input.shape);
    const mask = this.mask(tf.util.sizeFromShape(shape));
    return tf.tidy(() => tf.mul(input, tf.tensor(mask, shape)));
  }

  /** What a saved model keeps of the layer. */
  override getConfig(): tf.serialization.ConfigDict {
    const { rate, seed, calls, noiseShape } = this;
    return { ...super.getConfig(), rate, seed, calls, ...(noiseShape && { noiseShape: [...noiseShape] }) };
  }

  private maskShape(input: readonly number[]): number[] {
    const shape = this.noiseShape?.map((size, i) => size ?? input[i]!) ?? [...input];
    if (shape.length !== input.length || shape.some((size, i) => size !== 1 && size !== input[i])) {
      throw new ArgumentError(
        "config.noiseShape",
        `[${this.noiseShape?.map(String).join(", ")}] does not fit an input of shape [${input.join(", ")}]; expected null, 1 or the input's size in each place`,
      );
    }
    return shape;
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
