import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { inOrder, type Shape } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { emitRepeat } from "./averagePool.js";
import { planesOf } from "./convolution.js";
import { linearWeights, nearestWeights, type Resized, shares, type Weights } from "./interpolation.js";

interface ResizeAttributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: [number, number];
}

type GradientAttributes = Omit<ResizeAttributes, "size">;

interface GradientInputs {
  readonly dy: TensorInfo;
  readonly images: TensorInfo;
}

/** Along height and width, how an image is resized. */
function axes(
  from: Shape,
  to: Shape,
  { alignCorners, halfPixelCenters }: GradientAttributes,
): readonly [Resized, Resized] {
  const axis = (i: number): Resized => ({ from: from[i]!, to: to[i]!, alignCorners, halfPixelCenters });
  return [axis(1), axis(2)];
}

const keyOf = (name: string, axes: readonly Resized[]): string =>
  [name, ...axes.map((axis) => JSON.stringify(axis))].join(" ");

/** Whether an axis is made of each element several times. */
const isRepeat = ({ from, to, alignCorners }: Resized): boolean =>
  to % from === 0 && (!alignCorners || to === from);

type Resizing = readonly [Resized, Resized];

/** Writes planes resized to [batch, channels, height, width]. */
type Write = (graph: Graph, planes: string, axes: Resizing, shape: Shape) => string;

const resize = (name: string, write: Write): OnnxKernel =>
  kernel<{ readonly images: TensorInfo }, ResizeAttributes>(name, ({ images }, attributes, backend) => {
    // TensorFlow.js lets nobody ask for both.
    if (images.dtype !== "float32" || (attributes.alignCorners && attributes.halfPixelCenters))
      return undefined;
    const [batch, , , channels] = images.shape as [number, number, number, number];
    const shape = [batch, ...attributes.size, channels];
    const resizing = axes(images.shape, shape, attributes);
    return backend.record({
      key: keyOf(name, resizing),
      inputs: [images],
      shape,
      dtype: "float32",
      emit: (graph, [image]) =>
        planesOf(write(graph, graph.named(image!, "planes"), resizing, inOrder(shape, "planes")), shape),
    });
  });

/** Each pixel as the nearest one is. */
const emitNearest: Write = (graph, planes, resizing) => {
  const [rows, columns] = resizing;
  if (resizing.every(isRepeat)) {
    return emitRepeat(graph, planes, rows.to / rows.from, columns.to / columns.from);
  }
  return resizing.reduce((name, resized, i) => {
    if (resized.from === resized.to) return name;
    const nearest = Array.from({ length: resized.to }, (_, place) => nearestWeights(resized, place)[0]![0]);
    return graph.op("Gather", [name, graph.ints(nearest)], { axis: 2 + i });
  }, planes);
};

/** Each pixel between the four around it. */
const emitLinear: Write = (graph, planes, [{ alignCorners, halfPixelCenters }], shape) =>
  graph.op("Resize", [planes, "", "", graph.ints(shape)], {
    mode: "linear",
    coordinate_transformation_mode: alignCorners
      ? "align_corners"
      : halfPixelCenters
        ? "half_pixel"
        : "asymmetric",
  });

/**
 * The gradient of a resized image: the same weights the other way. TensorFlow.js's CPU kernels are wrong for pixels with
 * their values at their centres, for several images at once (nearest), and for images that are not square (bilinear).
 */
const resizeGradient = (name: string, weights: Weights): OnnxKernel =>
  kernel<GradientInputs, GradientAttributes>(name, ({ dy, images }, attributes, backend) => {
    if (dy.dtype !== "float32" || images.dtype !== "float32") return undefined;
    const { shape } = images;
    const resizing = axes(shape, dy.shape, attributes);
    return backend.record({
      key: keyOf(name, resizing),
      inputs: [dy],
      shape,
      dtype: "float32",
      emit(graph, [gradient]) {
        const planes = graph.named(gradient!, "planes");
        const isSum = weights === nearestWeights && resizing.every(isRepeat);
        return planesOf(
          isSum
            ? emitSums(graph, planes, resizing)
            : emitBack(graph, planes, resizing, weights, inOrder(shape, "planes")),
          shape,
        );
      },
    });
  });

/** The sums of what each pixel was repeated to. */
function emitSums(graph: Graph, planes: string, resizing: Resizing): string {
  const [rows, columns] = resizing.map(({ from, to }) => to / from) as [number, number];
  const window = { kernel_shape: [rows, columns], strides: [rows, columns] };
  return graph.op("Mul", [graph.op("AveragePool", [planes], window), graph.scalar(rows * columns)]);
}

/** The weights of the columns and of the rows, transposed, times the gradient. */
function emitBack(
  graph: Graph,
  planes: string,
  [rows, columns]: Resizing,
  weights: Weights,
  shape: Shape,
): string {
  const count = shape[0]! * shape[1]!;
  let result = graph.reshape(planes, [count * rows.to, columns.to]);
  if (columns.from !== columns.to) result = graph.op("MatMul", [result, shares(graph, columns, weights)]);
  result = graph.reshape(result, [count, rows.to, columns.from]);
  if (rows.from !== rows.to) {
    const transposed = graph.op("Transpose", [shares(graph, rows, weights)], { perm: [1, 0] });
    result = graph.op("MatMul", [transposed, result]);
  }
  return graph.reshape(result, shape);
}

/** Images made larger or smaller. */
export const resizes: readonly OnnxKernel[] = [
  resize(tf.ResizeNearestNeighbor, emitNearest),
  resize(tf.ResizeBilinear, emitLinear),
  resizeGradient(tf.ResizeNearestNeighborGrad, nearestWeights),
  resizeGradient(tf.ResizeBilinearGrad, linearWeights),
];
