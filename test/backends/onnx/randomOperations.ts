import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers } from "@tensorflow/tfjs-layers";
import { normals } from "./onBoth.js";

/** Numbers that decide what an operation does; the same for both backends. */
export interface Choice {
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** A function of a tensor, and of another where it takes two; undefined where it does not fit the shape. */
export type Operation = (x: tf.Tensor, y: tf.Tensor, choice: Choice) => tf.Tensor | undefined;

/** Larger tensors make programs slow. */
const mostElements = 3000;

/** A tensor of normally distributed numbers. */
export const constant = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.tensor(
    normals(
      `${seed % 7} ${shape}`,
      shape.reduce((a, b) => a * b, 1),
    ),
    [...shape],
  );

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

const broadcasts = (a: readonly number[], b: readonly number[]): boolean =>
  a.toReversed().every((length, i) => length === 1 || (b.at(-1 - i) ?? 1) === 1 || b.at(-1 - i) === length);

/** The other operand: what broadcasts against x. */
const beside = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => (broadcasts(x.shape, y.shape) ? y : tf.mean(y));

/** A tensor in the shape of a sum, where the gradient of a kernel cannot do with broadcasting. */
const likeSum = (x: tf.Tensor, y: tf.Tensor): tf.Tensor =>
  tf.broadcastTo(x, tf.broadcast_util.assertAndGetBroadcastShape(x.shape, y.shape) as [number]);

const axisOf = (x: tf.Tensor, c: number): number => c % Math.max(x.rank, 1);

/** Layers of batch normalisation by number of channels, to be used several times by a program. */
export type Normalizations = Map<string, ReturnType<typeof layers.batchNormalization>>;

function fitsFilter(x: tf.Tensor, size: number): boolean {
  return x.rank === 4 && x.shape[1]! >= size && x.shape[2]! >= size;
}

const unary: Record<string, (x: tf.Tensor, choice: Choice) => tf.Tensor> = {
  relu: tf.relu,
  step: (x, { c }) => tf.step(x, c % 2 ? 0.25 : 0),
  "relu and its step": (x) => tf.sub(tf.relu(x), tf.step(x)),
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  neg: tf.neg,
  square: (x) => tf.square(tf.tanh(x)),
  abs: tf.abs,
  elu: tf.elu,
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  sin: tf.sin,
  exp: (x) => tf.exp(tf.minimum(x, 1)),
  clip: (x) => tf.clipByValue(x, -0.7, 0.9),
  zeros: (x) => tf.add(x, tf.zerosLike(x)),
  ones: (x) => tf.mul(tf.onesLike(x), x),
  greater: (x) => tf.cast(tf.greater(x, 0.3), "float32"),
  whole: (x) => tf.cast(tf.cast(tf.mul(x, 3.7), "int32"), "float32"),
};

const binary: Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: (x, y) => tf.div(x, tf.add(tf.abs(y), 1)),
  maximum: (x, y) => tf.maximum(likeSum(x, y), likeSum(y, x)),
  minimum: (x, y) => tf.minimum(likeSum(x, y), likeSum(y, x)),
  difference: (x, y) => tf.squaredDifference(tf.tanh(likeSum(x, y)), tf.tanh(likeSum(y, x))),
  where: (x, y) => tf.where(tf.greater(constant(x.shape, 1), 0), x, tf.mul(tf.onesLike(x), tf.mean(y))),
};

const moving: Record<string, Operation> = {
  flatten: (x) => tf.reshape(x, [-1]),
  "reshape to images": (x) => (x.size % 12 === 0 ? tf.reshape(x, [-1, 2, 2, 3]) : undefined),
  "reshape to rows": (x) => (x.rank > 1 ? tf.reshape(x, [x.shape[0]!, -1]) : undefined),
  transpose(x, _, { c, d }) {
    const axes = x.shape.map((_, axis) => axis);
    const from = axisOf(x, c);
    return x.rank < 2 ? undefined : tf.transpose(x, axes.toSpliced(from, 1).toSpliced(d % x.rank, 0, from));
  },
  reverse: (x, _, { c }) => (x.rank > 0 ? tf.reverse(x, [axisOf(x, c)]) : undefined),
  "expand and repeat": (x, _, { c, d }) =>
    x.rank < 4
      ? tf.tile(
          tf.expandDims(x, c % (x.rank + 1)),
          tf.util.makeOnesTypedArray(x.rank + 1, "int32").with(c % (x.rank + 1), 2 + (d % 3)) as never,
        )
      : undefined,
  "join with itself": (x, _, { c }) => (x.rank > 0 ? tf.concat([x, tf.tanh(x)], axisOf(x, c)) : undefined),
  join(x, y, { c }) {
    const axis = axisOf(x, c);
    const fits = x.rank > 0 && y.rank === x.rank && y.shape.every((n, i) => i === axis || n === x.shape[i]);
    return fits ? tf.concat([x, y, tf.relu(x)], axis) : undefined;
  },
  "split and join": (x, _, { c, d }) => {
    const axis = axisOf(x, c);
    const length = x.shape[axis] ?? 0;
    if (length < 2) return undefined;
    const first = 1 + (d % (length - 1));
    const [a, b] = tf.split(x, [first, length - first], axis) as [tf.Tensor, tf.Tensor];
    return tf.concat([b, tf.mul(a, 2)], axis);
  },
  slice(x, _, { c, d }) {
    const axis = axisOf(x, c);
    const length = x.shape[axis] ?? 0;
    if (length < 2) return undefined;
    const begin = x.shape.map((_, i) => (i === axis ? d % length : 0));
    return tf.slice(
      x,
      begin,
      x.shape.map((n, i) => (i === axis ? n - (d % length) : n)),
    );
  },
  pad: (x, _, { b, c, d }) =>
    x.rank > 0
      ? tf.pad(x, x.shape.map((_, axis) => (axis === axisOf(x, c) ? [b % 2, 1 + (d % 2)] : [0, 0])) as never)
      : undefined,
  gather(x, _, { c, d }) {
    const axis = axisOf(x, c);
    const length = x.shape[axis];
    if (length === undefined) return undefined;
    return tf.gather(x, tf.tensor1d([d % length, 0, (d + c) % length], "int32"), axis);
  },
  stack: (x, _, { c, d }) => {
    // TensorFlow.js has no gradient of a single part.
    if (x.rank === 0 || x.rank > 3 || x.shape[axisOf(x, c)] === 1) return undefined;
    const parts = tf.unstack(x, axisOf(x, c));
    return tf.stack([...parts, parts[0]!], d % x.rank);
  },
};

const reducing: Record<string, Operation> = {
  sum: (x, _, { c }) => tf.mul(tf.sum(x, x.rank ? [axisOf(x, c)] : undefined, c % 2 === 0), 0.5),
  mean: (x, _, { c, d }) =>
    tf.mean(x, x.rank > 1 ? [axisOf(x, c), axisOf(x, c + 1)] : undefined, d % 2 === 0),
  max: (x, _, { c, d }) => tf.max(x, x.rank ? [axisOf(x, c)] : undefined, d % 2 === 0),
  min: (x) => tf.min(x),
  softmax: (x) => (x.rank > 0 ? tf.softmax(x) : undefined),
  // Not all of it: what is left of equal numbers would be noise, which what follows may cut at 0.
  "less the mean": (x, _, { c }) =>
    x.rank > 0 ? tf.sub(x, tf.mul(tf.mean(x, axisOf(x, c), true), 0.8)) : undefined,
  product(x, _, { c, d }) {
    if (x.rank < 2) return undefined;
    const ins = x.shape.at(-1)!;
    const outs = 1 + (d % 4);
    const product = tf.matMul(
      tf.reshape(x, [-1, ins]),
      constant(c % 2 ? [outs, ins] : [ins, outs], c),
      false,
      c % 2 === 1,
    );
    return tf.mul(product, 1 / Math.sqrt(ins));
  },
  "product of itself": (x) => {
    if (x.rank !== 2 && x.rank !== 3) return undefined;
    return tf.mul(tf.matMul(x, x, false, true), 1 / x.shape.at(-1)!);
  },
};

const images: Record<string, Operation> = {
  convolution(x, _, { b, c, d }) {
    const size = 1 + (c % 3);
    if (!fitsFilter(x, size)) return undefined;
    const ins = x.shape[3]!;
    const filter = constant([size, size, ins, pick([1, 2, 3, 8, 16], d)], c);
    const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1 + (b % 2), pick(["same", "valid"], b + d));
    return tf.mul(y, 0.5 / size / Math.sqrt(ins));
  },
  depthwise(x, _, { c, d }) {
    if (!fitsFilter(x, 3)) return undefined;
    const filter = constant([3, 3, x.shape[3]!, 1 + (d % 2)], c);
    return tf.mul(
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pick(["same", "valid"], c)),
      0.3,
    );
  },
  // Of finite numbers: the backends differ in NaN.
  "largest of places": (x, _, { c, d }) =>
    fitsFilter(x, 3)
      ? tf.maxPool(tf.tanh(x) as tf.Tensor4D, 2 + (c % 2), 1 + (d % 3), pick(["same", "valid"], c + d))
      : undefined,
  "mean of places": (x, _, { c, d }) =>
    fitsFilter(x, 3) ? tf.avgPool(x as tf.Tensor4D, 2 + (c % 2), 1 + (d % 3), "valid") : undefined,
  normalized(x, _, { c }) {
    if (x.rank !== 4) return undefined;
    const [mean, offset, scale] = [0, 1, 2].map((i) => constant([x.shape[3]!], c + i));
    return tf.batchNorm4d(
      x as tf.Tensor4D,
      mean as tf.Tensor1D,
      tf.abs(scale!) as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
      0.1,
    );
  },
};

const normalize =
  (normalizations: Normalizations, after: (x: tf.Tensor) => tf.Tensor): Operation =>
  (x, _, { c }) => {
    if (x.rank !== 4) return undefined;
    const channels = x.shape[3]!;
    // With a large epsilon what is nearly constant does not become noise.
    const epsilon = pick([0.1, 1], c);
    const key = `${channels} ${epsilon} ${c % 3}`;
    let layer = normalizations.get(key);
    if (layer === undefined) {
      layer = layers.batchNormalization({
        epsilon,
        momentum: 0.8,
        betaInitializer: initializers.constant({ value: 0.15 }),
      });
      layer.build([null, null, null, channels]);
      normalizations.set(key, layer);
    }
    return after(layer.apply(x, { training: true }) as tf.Tensor);
  };

/** All operations by name, those that normalise with the layers of one program. */
export function operations(normalizations: Normalizations): Readonly<Record<string, Operation>> {
  const all: Record<string, Operation> = { ...moving, ...reducing, ...images };
  for (const [name, f] of Object.entries(unary)) all[name] = (x, _, choice) => f(x, choice);
  for (const [name, f] of Object.entries(binary)) all[name] = (x, y) => f(x, beside(x, y));
  all["normalized by the batch"] = normalize(normalizations, (x) => x);
  all["normalized and rectified"] = normalize(normalizations, tf.relu);
  return all;
}

/** Those that have a gradient, which comparisons have not. */
export const differentiable = (name: string): boolean => name !== "greater";

/** Those that have a gradient of their gradient. */
export const smooth: readonly string[] =
  "tanh sigmoid neg square sin add sub mul difference flatten transpose reverse join mean product ones zeros".split(
    " ",
  );

/** Applies an operation where it fits and gives no more elements than a program may have. */
export function applied(operation: Operation, x: tf.Tensor, y: tf.Tensor, choice: Choice): tf.Tensor {
  const result = operation(x, y, choice);
  return result === undefined || result.size > mostElements || result.size === 0 ? tf.mul(x, 0.9) : result;
}
