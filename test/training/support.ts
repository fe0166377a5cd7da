import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import type { InputFormat } from "../../src/images/inputFormat.js";
import type { Study } from "../../src/labels/dataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import type { Loss } from "../../src/losses/loss.js";
import { setContract } from "../../src/models/contract.js";
import { randomStream } from "../../src/random.js";
import type { Batch, BatchSource, SkippedImage } from "../../src/training/batch.js";

/** Images of 2 x 2 pixels: four numbers a sample. */
export const format: InputFormat = {
  height: 2,
  width: 2,
  channels: 1,
  normalization: { method: "statistics", mean: 0.5, standardDeviation: 0.05 },
};

export const classes = ["Edema", "Mass"] as const;

export interface Sample {
  readonly pixels: readonly number[];
  readonly labels: readonly number[];
}

export interface SourceOptions {
  readonly samples: readonly Sample[];
  readonly batchSize?: number;
  readonly classes?: readonly string[];
  readonly format?: InputFormat;
  /** Orders each epoch anew. */
  readonly seed?: number;
  /** Image ids that cannot be read. */
  readonly broken?: readonly string[];
  /** Runs before batch `index`, from 0. */
  readonly before?: (index: number) => void;
}

/** Batches of samples held in memory; sample i has the image id `image-i`. */
export function memorySource(options: SourceOptions): BatchSource & { closed: number } {
  const { samples, batchSize = 4, broken = [], before, seed } = options;
  const names = options.classes ?? classes;
  const skipped: SkippedImage[] = broken.map((imageId) => ({ imageId, error: new Error("broken") }));
  const source = {
    classes: names,
    format: options.format ?? format,
    size: samples.length,
    batchSize,
    skipped,
    closed: 0,
    async *epoch(index: number, { signal }: { signal?: AbortSignal } = {}) {
      const order = samples.map((_, i) => i);
      if (seed !== undefined) randomStream(seed).fork(index).shuffle(order);
      const kept = order.filter((i) => !broken.includes(`image-${i}`));
      try {
        for (let start = 0; start < kept.length; start += batchSize) {
          signal?.throwIfAborted();
          before?.(start / batchSize);
          yield makeBatch(samples, kept.slice(start, start + batchSize), names);
        }
      } finally {
        source.closed++;
      }
    },
    [Symbol.asyncIterator]: () => source.epoch(0),
  };
  return source;
}

export function makeBatch(
  samples: readonly Sample[],
  indices: readonly number[],
  names: readonly string[] = classes,
): Batch {
  const studies = indices.map((i): Study => ({ imageId: `image-${i}`, patientId: `patient-${i >> 1}` }));
  return {
    images: ndarray(Float32Array.from(indices.flatMap((i) => samples[i]!.pixels)), [indices.length, 2, 2, 1]),
    labels: labelMatrix(
      names,
      indices.map((i) => samples[i]!.labels),
    ),
    studies,
  };
}

/** Samples whose first class depends on the first pixel, the second on the rest; every fifth label is unknown. */
export function makeSamples(count: number, seed: number): Sample[] {
  const random = randomStream(seed);
  return Array.from({ length: count }, (_, i) => {
    const pixels = Array.from({ length: 4 }, () => Math.fround(random.normal()));
    const [a, b, c, d] = pixels as [number, number, number, number];
    return {
      pixels,
      labels: [
        i % 5 === 4 ? Number.NaN : Number(a + 0.3 * random.normal() > 0),
        Number(b - c + 0.5 * d + 0.5 * random.normal() > 0),
      ],
    };
  });
}

/** Mean over classes of the mean over their known samples of binary cross-entropy on logits, a Loss for tests. */
export const loss: Loss = (yTrue, yPred) =>
  tf.tidy(() => {
    const known = tf.logicalNot(tf.isNaN(yTrue));
    const zeros = tf.zerosLike(yPred);
    const y = tf.where(known, yTrue, zeros);
    const x = tf.where(known, yPred, zeros);
    const each = tf.where(known, tf.sub(tf.softplus(x), tf.mul(x, y)), zeros);
    const counts = tf.maximum(tf.sum(tf.cast(known, "float32"), 0), 1);
    return tf.mean(tf.div(tf.sum(each, 0), counts));
  });

export function giveContract(
  model: tfl.LayersModel,
  heads: readonly (readonly string[])[] = [classes],
): void {
  const { normalization, ...input } = format;
  setContract(model, {
    version: 1,
    architecture: "test",
    heads: heads.map((names, h) => ({ name: `head${h}`, classes: names, output: "logits" })),
    input,
  });
}

/** A logistic regression for each class, with the given kernel of shape [4, 2] or zeros. */
export function logisticRegression(kernel: readonly number[] = new Array(8).fill(0)): tfl.LayersModel {
  const model = tfl.sequential({
    layers: [
      tfl.layers.flatten({ inputShape: [2, 2, 1] }),
      tfl.layers.dense({ units: 2, kernelInitializer: "zeros" }),
    ],
  });
  tf.tidy(() => model.setWeights([tf.tensor2d([...kernel], [4, 2]), tf.zeros([2])]));
  giveContract(model);
  return model;
}

/** A small network with a convolution and batch normalisation; the seed gives its weights. */
export function convolutional(seed: number, extra: tfl.layers.Layer[] = []): tfl.LayersModel {
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [2, 2, 1],
        filters: 4,
        kernelSize: 2,
        padding: "same",
        kernelInitializer: tfl.initializers.heNormal({ seed }),
      }),
      tfl.layers.batchNormalization(),
      tfl.layers.reLU(),
      tfl.layers.flatten(),
      ...extra,
      tfl.layers.dense({ units: 2, kernelInitializer: tfl.initializers.glorotUniform({ seed: seed + 1 }) }),
    ],
  });
  giveContract(model);
  return model;
}

/** All weights, the moving statistics included. */
export async function weightsOf(model: tfl.LayersModel): Promise<Float32Array[]> {
  return Promise.all(model.weights.map(async (weight) => (await weight.read().data<"float32">()).slice()));
}

/** Tells for each application whether it was in training mode. */
export class ModeSpy extends tfl.layers.Layer {
  static className = "ModeSpy";
  readonly modes: boolean[] = [];

  override computeOutputShape(inputShape: tfl.Shape): tfl.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    this.modes.push(kwargs.training === true);
    return tf.clone(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}

/** Hands its input on; a weight of its own takes part in the first application only, with factor 0. */
export class FickleWeight extends tfl.layers.Layer {
  static className = "FickleWeight";
  used = false;

  override build(): void {
    this.addWeight("fickle", [3], "float32", tfl.initializers.ones());
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape): tfl.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (this.used) return tf.clone(input);
    this.used = true;
    return tf.tidy(() => tf.add(input, tf.mul(0, tf.sum(this.weights[0]!.read()))));
  }
}
