import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import type { Shape } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { emitRepeat } from "./averagePool.js";
import { planesOf } from "./convolution.js";
import { interpolation, linearWeights, nearestWeights, type Resized, type Weights } from "./interpolation.js";

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

/** An image resized by the weights of its rows and of its columns. */
const resize = (name: string, weights: Weights): OnnxKernel =>
  kernel<{ readonly images: TensorInfo }, ResizeAttributes>(name, ({ images }, attributes, backend) => {
    if (images.dtype !== "float32") return undefined;
    const [batch, , , channels] = images.shape as [number, number, number, number];
    const shape = [batch, ...attributes.size, channels];
    const [rows, columns] = axes(images.shape, shape, attributes);
    return backend.record({
      key: keyOf(name, [rows, columns]),
      inputs: [images],
      shape,
      dtype: "float32",
      emit(graph, [image]) {
        const planes = graph.named(image!, "planes");
        if (weights === nearestWeights && isRepeat(rows) && isRepeat(columns)) {
          return planesOf(emitRepeat(graph, planes, rows.to / rows.from, columns.to / columns.from), shape);
        }
        return planesOf(
          emitInterpolation(graph, planes, [batch, channels], [rows, columns], weights, false),
          shape,
        );
      },
    });
  });

/** The gradient of a resized image: the same weights the other way. */
const resizeGradient = (name: string, weights: Weights): OnnxKernel =>
  kernel<GradientInputs, GradientAttributes>(name, ({ dy, images }, attributes, backend) => {
    if (dy.dtype !== "float32" || images.dtype !== "float32") return undefined;
    const { shape } = images;
    const [batch, , , channels] = shape as [number, number, number, number];
    const [rows, columns] = axes(shape, dy.shape, attributes);
    return backend.record({
      key: keyOf(name, [rows, columns]),
      inputs: [dy],
      shape,
      dtype: "float32",
      emit(graph, [gradient]) {
        const planes = graph.named(gradient!, "planes");
        if (weights === nearestWeights && isRepeat(rows) && isRepeat(columns)) {
          const kernel = [rows.to / rows.from, columns.to / columns.from];
          const mean = graph.op("AveragePool", [planes], { kernel_shape: kernel, strides: kernel });
          return planesOf(graph.op("Mul", [mean, graph.scalar(kernel[0]! * kernel[1]!)]), shape);
        }
        return planesOf(
          emitInterpolation(graph, planes, [batch, channels], [rows, columns], weights, true),
          shape,
        );
      },
    });
  });

/** Products with the weights of the columns and of the rows; `backward` with the transposed ones. */
function emitInterpolation(
  graph: Graph,
  planes: string,
  [batch, channels]: readonly [number, number],
  [rows, columns]: readonly [Resized, Resized],
  weights: Weights,
  backward: boolean,
): string {
  const [height, width] = backward ? [rows.from, columns.from] : [rows.to, columns.to];
  const given = backward ? [rows.to, columns.to] : [rows.from, columns.from];
  let result = graph.reshape(planes, [batch * channels * given[0]!, given[1]!]);
  if (columns.from !== columns.to)
    result = graph.op("MatMul", [result, interpolation(graph, columns, weights, !backward)]);
  result = graph.reshape(result, [batch * channels, given[0]!, width]);
  if (rows.from !== rows.to)
    result = graph.op("MatMul", [interpolation(graph, rows, weights, backward), result]);
  return graph.reshape(result, [batch, channels, height, width]);
}

/** Images made larger or smaller. */
export const resizes: readonly OnnxKernel[] = [
  resize(tf.ResizeNearestNeighbor, nearestWeights),
  resizeGradient(tf.ResizeNearestNeighborGrad, nearestWeights),
  resize(tf.ResizeBilinear, linearWeights),
  resizeGradient(tf.ResizeBilinearGrad, linearWeights),
];
