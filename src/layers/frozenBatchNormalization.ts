import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, type Shape } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";

/** What a {@link FrozenBatchNormalization} layer normalises with. */
export interface FrozenBatchNormalizationConfig {
  /** Added to the variance, at least 0; 1e-3 (TensorFlow.js's) by default. */
  readonly epsilon?: number;
  /** Name of the layer. */
  readonly name?: string;
}

/**
 * Batch normalisation that never learns: in training as in inference it computes
 *
 *     (x - moving_mean) * gamma / sqrt(moving_variance + epsilon) + beta
 *
 * for each channel, the last axis, of an input of two to four axes; NaN stays NaN. Its four weights have the names, shapes
 * and order of `batchNormalization`, so that weights fit by name, but none is trainable, whatever `trainable` says.
 * Gradients pass through it to the input.
 *
 * Choose it for a network whose statistics are to hold for good, as in detection with small batches; to freeze a layer
 * and thaw it later, set `trainable` and call {@link honourTrainable}.
 *
 * A model that holds this layer can be loaded once this module was imported, since that registers the class.
 *
 * Source: `FrozenBatchNorm2d` of torchvision, whose epsilon is 1e-5.
 */
export class FrozenBatchNormalization extends layers.Layer {
  /** Name of the class in saved models. */
  static readonly className = "FrozenBatchNormalization";

  private readonly epsilon: number;

  /** @throws ArgumentError for an epsilon that is not a finite number of at least 0 */
  constructor(config: FrozenBatchNormalizationConfig = {}) {
    super(config);
    this.epsilon = config.epsilon ?? 1e-3;
    if (!(this.epsilon >= 0 && Number.isFinite(this.epsilon))) {
      throw new ArgumentError("config.epsilon", `is ${config.epsilon}; expected a number of at least 0`);
    }
  }

  /** Makes the weights: gamma 1, beta 0, mean 0, variance 1 until others are set. */
  override build(inputShape: Shape | Shape[]): void {
    const channels = (inputShape as Shape).at(-1);
    if (typeof channels !== "number") {
      throw new ArgumentError(
        "inputShape",
        `is [${inputShape.join(", ")}] in layer "${this.name}"; expected a known number of channels as its last axis`,
      );
    }
    const add = (name: string, initializer: "ones" | "zeros") =>
      this.addWeight(name, [channels], "float32", initializers[initializer](), undefined, false);
    add("gamma", "ones");
    add("beta", "zeros");
    add("moving_mean", "zeros");
    add("moving_variance", "ones");
    this.built = true;
  }

  /** The output has the input's shape. */
  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  /** Normalises, in training and inference alike. */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    const [gamma, beta, mean, variance] = this.weights.map((weight) => weight.read() as tf.Tensor1D);
    return tf.batchNorm(input, mean!, variance!, beta!, gamma!, this.epsilon);
  }

  /** What a saved model keeps of the layer. */
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}
tf.serialization.registerClass(FrozenBatchNormalization);
