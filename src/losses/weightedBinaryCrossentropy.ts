import * as tf from "@tensorflow/tfjs-core";
import { ArgumentError } from "../errors.js";
import type { Loss } from "./loss.js";

/** How {@link weightedBinaryCrossentropy} weighs and adds up. */
export interface WeightedBinaryCrossentropyOptions {
  /** Weight of the present samples of each class, finite and at least 0; 1 for all by default. */
  readonly positive?: ArrayLike<number>;
  /** Weight of the absent samples of each class, finite and at least 0; 1 for all by default. */
  readonly negative?: ArrayLike<number>;
  /** Whether predictions are logits (the default, as the library's heads give) or probabilities. */
  readonly fromLogits?: boolean;
  /** Added to probabilities inside the logarithm, above 0; 1e-7 by default. Logits need none. */
  readonly epsilon?: number;
  /**
   * Each class gives the mean over its known samples. "sum-over-classes", the default, adds those means; "mean" takes
   * their mean over the classes that have a known sample.
   */
  readonly reduction?: "sum-over-classes" | "mean";
}

/**
 * Binary cross-entropy of many findings at once, with a weight for each class and side. For a class with the known
 * samples K it is
 *
 *     1/|K| * sum over K of -(positive * y * log(p) + negative * (1 - y) * log(1 - p))
 *
 * with p = sigmoid(prediction) when predictions are logits, and with p + epsilon, 1 - p + epsilon inside the logarithms
 * when they are probabilities. From logits it is computed as positive * y * softplus(-x) + negative * (1 - y) *
 * softplus(x), whose value and gradient stay right however sure the model is.
 *
 * Labels are 1, 0, NaN (unknown) or a fraction between 0 and 1. An unknown label counts nowhere, and the gradient of its
 * prediction is 0, whatever that prediction is. A class without a known sample gives 0; so does an empty batch, which
 * has no gradient. From probabilities the loss can fall below 0, since epsilon lets the logarithms exceed it.
 *
 * Source: the weighted loss of "AI for Medical Diagnosis" (deeplearning.ai), which with `positive` = frequency of
 * absence and `negative` = frequency of presence lets both sides of a class contribute alike. With `negative` all 1 and
 * `reduction: "mean"`, it equals PyTorch's `BCEWithLogitsLoss(pos_weight)` when no label is unknown.
 *
 * @returns a function of labels and predictions, both of shape [batch, ..., classes]; it leaves no tensor but the result
 * @throws ArgumentError for a weight or an epsilon outside its range or weights of two lengths; the returned function
 * throws it when labels, predictions and weights differ in shape
 */
export function weightedBinaryCrossentropy(options: WeightedBinaryCrossentropyOptions = {}): Loss {
  const { fromLogits = true, epsilon = 1e-7, reduction = "sum-over-classes" } = options;
  const positive = checkedWeights("positive", options.positive);
  const negative = checkedWeights("negative", options.negative);
  if (positive && negative && positive.length !== negative.length) {
    throw new ArgumentError(
      "options.negative",
      `has ${negative.length} weights where options.positive has ${positive.length}; expected one a class in both`,
    );
  }
  if (!(epsilon > 0 && Number.isFinite(epsilon))) {
    throw new ArgumentError("options.epsilon", `is ${epsilon}; expected a number above 0, such as 1e-7`);
  }

  return (yTrue, yPred) =>
    tf.tidy(() => {
      const classes = checkedClasses(yTrue, yPred, positive ?? negative);
      const rows = yTrue.size / classes;
      if (rows === 0) return tf.scalar(0); // The WASM backend does not set the sums of an empty tensor.
      const labels = tf.cast(tf.reshape(yTrue, [rows, classes]), "float32");
      const known = tf.logicalNot(tf.isNaN(labels));
      const zeros = tf.zerosLike(labels);
      const present = weigh(tf.where(known, labels, zeros), positive);
      const absent = weigh(tf.where(known, tf.sub(1, labels), zeros), negative);
      // A prediction without a label must not reach the logarithms: 0 times an infinite gradient would be NaN.
      const x = tf.where(known, tf.reshape(yPred, [rows, classes]), zeros);

      const losses = fromLogits
        ? tf.add(tf.mul(present, tf.softplus(tf.neg(x))), tf.mul(absent, tf.softplus(x)))
        : tf.neg(
            tf.add(
              tf.mul(present, tf.log(tf.add(x, epsilon))),
              tf.mul(absent, tf.log(tf.add(tf.sub(1, x), epsilon))),
            ),
          );
      const counts = tf.sum(tf.cast(known, "float32"), 0);
      const total = tf.sum<tf.Scalar>(tf.div(tf.sum(losses, 0), tf.maximum(counts, 1)));
      if (reduction === "sum-over-classes") return total;
      const knownClasses = tf.sum(tf.cast(tf.greater(counts, 0), "float32"));
      return tf.div<tf.Scalar>(total, tf.maximum(knownClasses, 1));
    });
}

function weigh(values: tf.Tensor, weights: Float32Array | undefined): tf.Tensor {
  return weights ? tf.mul(values, tf.tensor1d(weights)) : values;
}

function checkedWeights(name: string, weights: ArrayLike<number> | undefined): Float32Array | undefined {
  if (weights === undefined) return undefined;
  return Float32Array.from(weights, (weight, c) => {
    if (weight >= 0 && Number.isFinite(weight)) return weight;
    throw new ArgumentError(
      `options.${name}`,
      `weight ${c} is ${weight}; expected a finite number, at least 0 (0 leaves that side of the class out)`,
    );
  });
}

function checkedClasses(yTrue: tf.Tensor, yPred: tf.Tensor, weights: Float32Array | undefined): number {
  const classes = yPred.shape.at(-1);
  if (classes === undefined || classes === 0 || !tf.util.arraysEqual(yTrue.shape, yPred.shape)) {
    throw new ArgumentError(
      "yPred",
      `has shape [${yPred.shape}] where yTrue has [${yTrue.shape}]; expected the same [batch, ..., classes] for both`,
    );
  }
  if (weights && weights.length !== classes) {
    throw new ArgumentError(
      "yPred",
      `has ${classes} classes (shape [${yPred.shape}]) for ${weights.length} weights; expected one weight a class`,
    );
  }
  return classes;
}
