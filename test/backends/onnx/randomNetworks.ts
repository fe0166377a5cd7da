import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  input as tfInput,
} from "@tensorflow/tfjs-layers";
import { type RandomStream, randomStream } from "../../../src/random.js";
import { normals } from "./onBoth.js";
import type { Reading } from "./randomPrograms.js";

type Layer = { apply(x: unknown): unknown };

const size = 6;

/** A network of layers at random: those that keep the size, some used several times, and others that halve it. */
export function randomNetwork(seed: number): LayersModel {
  const random = randomStream(`network ${seed}`);
  let name = 0;
  const initializer = () =>
    initializers.randomNormal({ mean: 0, stddev: 0.12, seed: seed * 1000 + name }) as never;
  const options = () => ({ name: `l${seed}_${name++}` });
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!;
  const apply = (layer: Layer, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor;
  const convolution = (filters: number, useBias = random.integer(2) === 0) =>
    layers.conv2d({
      filters,
      kernelSize: pick([1, 3]),
      padding: "same",
      useBias,
      activation: pick(["linear", "linear", "relu"] as const),
      kernelInitializer: initializer(),
      ...options(),
    });
  const normalization = () =>
    layers.batchNormalization({
      epsilon: pick([0.01, 0.1]),
      momentum: 0.9,
      // Away from 0, where a rounded last digit decides what relu cuts.
      betaInitializer: initializers.constant({ value: 0.15 }),
      ...options(),
    });
  const image = tfInput({ shape: [size, size, 3], ...options() });
  let maps: SymbolicTensor[] = [apply(convolution(8), image)];
  const steps: readonly ((x: SymbolicTensor) => SymbolicTensor)[] = [
    (x) => apply(normalization(), x),
    (x) => apply(layers.reLU(options()), apply(normalization(), x)),
    (x) => apply(layers.reLU(options()), x),
    (x) => apply(convolution(8), x),
    (x) => apply(convolution(16), x),
    (x) =>
      apply(
        layers.depthwiseConv2d({
          kernelSize: 3,
          padding: "same",
          depthwiseInitializer: initializer(),
          ...options(),
        }),
        x,
      ),
    (x) =>
      maps.length > 1
        ? apply(layers.concatenate(options()), maps.slice(-3))
        : apply(layers.reLU(options()), x),
    (x) => apply(layers.concatenate(options()), [x, apply(convolution(4), x)]),
    (x) => {
      const same = maps.filter((map) => map.shape[3] === x.shape[3]);
      return same.length > 1 ? apply(layers.add(options()), same.slice(-3)) : apply(normalization(), x);
    },
    // One layer for several values.
    (x) => {
      const [normalize, convolve] = [normalization(), convolution(x.shape[3]!)];
      const again = apply(convolve, apply(normalize, apply(convolve, apply(normalize, x))));
      return random.integer(2) ? again : apply(layers.concatenate(options()), [again, apply(normalize, x)]);
    },
    // Two normalisations of one value, and one that is rectified and not.
    (x) => apply(layers.add(options()), [apply(normalization(), x), apply(normalization(), x)]),
    (x) => {
      const y = apply(normalization(), x);
      return apply(layers.concatenate(options()), [apply(layers.reLU(options()), y), y]);
    },
    (x) =>
      apply(
        layers.averagePooling2d({ poolSize: 3, strides: 1, padding: "valid", ...options() }),
        apply(layers.zeroPadding2d({ padding: 1, ...options() }), x),
      ),
  ];
  const count = 4 + random.integer(6);
  for (let i = 0; i < count; i++) {
    const x = pick(maps.slice(-2));
    const y = pick(steps)(x);
    if (y.shape[3]! <= 40) maps.push(y);
    if (random.integer(8) === 0 && maps.at(-1)!.shape[1] === size) {
      maps = [apply(layers.maxPooling2d({ poolSize: 2, ...options() }), maps.at(-1)!)];
    }
  }
  const pooled = maps.slice(-2).map((map) => apply(layers.globalAveragePooling2d(options() as never), map));
  const joined = pooled.length > 1 ? apply(layers.concatenate(options()), pooled) : pooled[0]!;
  const head = (units: number) =>
    apply(layers.dense({ units, kernelInitializer: initializer(), ...options() }), joined);
  return model({
    inputs: image,
    outputs: random.integer(3) === 0 ? [head(2), head(3)] : head(2),
    name: `m${seed}`,
  });
}

// With an epsilon that lets gradients be small: of a bias before a normalisation they are nothing but rounding.
const optimizers: readonly (() => tf.Optimizer)[] = [
  () => tf.train.adam(0.01, 0.9, 0.999, 0.01),
  () => tf.train.adam(0.02, 0.8, 0.99, 0.03),
  () => tf.train.sgd(0.02),
  () => tf.train.momentum(0.01, 0.8),
  () => tf.train.rmsprop(0.003, 0.9, 0, 0.01),
  () => tf.train.adagrad(0.02),
];

const batchOf = (random: RandomStream, batch: number, shape: readonly (number | null)[]): tf.Tensor => {
  const whole = [batch, ...(shape.slice(1) as number[])];
  return tf.tensor(
    normals(
      `batch ${random.integer(1000)}`,
      whole.reduce((a, b) => a * b, 1),
    ),
    whole,
  );
};

/** What a training gives: numbers by what they are, and the tensors that there are more than before. */
export interface Training {
  readonly readings: readonly Reading[];
  readonly tensors: number;
  readonly bytes: number;
}

/** Some steps with an optimizer, or two, among which the network predicts, and its weights are saved, brought back, changed. */
export async function train(backend: string, seed: number): Promise<Training> {
  await tf.setBackend(backend);
  const before = tf.memory();
  const random = randomStream(`training ${seed}`);
  const network = randomNetwork(seed);
  const chosen = [0, 1].map(() => optimizers[random.integer(optimizers.length)]!());
  const readings: Reading[] = [];
  const read = (what: string, tensors: readonly tf.Tensor[]) => {
    for (const tensor of tensors) readings.push({ what, values: [...tensor.dataSync()] });
  };
  const outputs = (x: tf.Tensor, training: boolean) => [network.apply(x, { training })].flat() as tf.Tensor[];
  let saved: tf.Tensor[] = [];
  const between: readonly ((x: tf.Tensor) => void)[] = [
    (x) => tf.tidy(() => read("prediction", [network.predict(x)].flat())),
    (x) => tf.tidy(() => read("outputs in training", outputs(x, true))),
    () => {
      tf.dispose(saved);
      saved = network.getWeights().map((weight) => weight.clone());
    },
    () => {
      if (saved.length > 0) network.setWeights(saved);
    },
    () => tf.tidy(() => network.setWeights(network.getWeights().map((weight) => tf.mul(weight, 0.99)))),
    () => read("weights", network.getWeights()),
    (x) =>
      tf.tidy(() => {
        const gradient = tf.grad((x: tf.Tensor) => tf.mean(tf.square(outputs(x, false)[0]!)));
        read("gradient by the image", [gradient(x)]);
      }),
    () => undefined,
  ];
  for (let step = 0; step < 5; step++) {
    const x = batchOf(random, step === 3 ? 1 : 3, network.inputs[0]!.shape);
    const loss = chosen[random.integer(4) === 0 ? 1 : 0]!.minimize(
      () => {
        const losses = outputs(x, true).map((y) => tf.mean(tf.square(tf.sub(y, 0.5))));
        return tf.addN(losses) as tf.Scalar;
      },
      true,
      network.trainableWeights.map((weight) => weight.read() as tf.Variable),
    )!;
    if (random.integer(2)) read("loss", [loss]);
    between[random.integer(between.length)]!(x);
    between[random.integer(between.length)]!(x);
    read("loss", [loss]);
    tf.dispose([x, loss]);
  }
  read("weights at last", network.getWeights());
  tf.dispose(saved);
  const { numTensors, numBytes } = tf.memory();
  network.dispose();
  for (const optimizer of chosen) optimizer.dispose();
  return { readings, tensors: numTensors - before.numTensors, bytes: numBytes - before.numBytes };
}
