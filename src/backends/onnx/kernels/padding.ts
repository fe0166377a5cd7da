import {
  MirrorPad,
  type MirrorPadAttrs,
  PadV2,
  type PadV2Attrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import type { Graph } from "../graph/graph.js";
import { axisInOrder, inOrder, type Shape, sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { asValues, type OnnxType } from "../recorded.js";
import { filled, written } from "./filled.js";
import { recordMove, repeated } from "./moving.js";

type One = Readonly<Record<"x", TensorInfo>>;

/** Elements to add before and after each axis. */
type Margins = readonly (readonly [number, number])[];

const isPadding = (margins: Margins): boolean =>
  margins.flat().every((count) => Number.isInteger(count) && count >= 0);

const padded = (shape: Shape, margins: Margins): number[] =>
  shape.map((length, axis) => margins[axis]![0] + length + margins[axis]![1]);

/** Records a tensor with margins of one number; undefined for numbers that are no truth values beside truth values. */
export function recordPad(
  backend: OnnxBackend,
  x: TensorInfo,
  margins: Margins,
  number: number,
): TensorInfo | undefined {
  const dtype = x.dtype as OnnxType;
  // As in TensorFlow.js, -0 gives margins of 0.
  const [fill] = number === 0 ? [0] : asValues([number], dtype);
  if (dtype === "bool" && fill! > 1) return undefined;
  const shape = padded(x.shape, margins);
  if (sameShape(shape, x.shape)) return backend.alias(x, shape);
  return backend.record({
    key: `PadV2 ${margins} ${written(fill!)}`,
    inputs: [x],
    shape,
    dtype,
    emit: (graph, [value]) =>
      Object.is(value!.fill, fill)
        ? filled(graph, dtype, fill!, shape)
        : pad(graph, graph.settled(value!), margins, fill!),
  });
}

function pad(graph: Graph, value: Value, margins: Margins, fill: number): Value {
  const { dtype, order } = value;
  const axes = margins.flatMap(([before, after], axis) => (before + after > 0 ? [axis] : []));
  const { name, stored } = repeated(graph, value, axes);
  const [before, after] = [0, 1].map((side) =>
    inOrder(
      margins.map((margin) => margin[side]!),
      order,
    ),
  );
  const result = graph.op("Pad", [name, graph.ints([...before!, ...after!]), graph.scalar(fill, dtype)]);
  return new Value(result, dtype, padded(value.shape, margins), order, padded(stored, margins));
}

const padV2 = kernel<One, PadV2Attrs>(PadV2, ({ x }, { paddings, constantValue }, backend) =>
  isPadding(paddings) ? recordPad(backend, x, paddings, Number(constantValue)) : undefined,
);

const mirrorPad = kernel<One, MirrorPadAttrs>(MirrorPad, ({ x }, { paddings, mode }, backend) => {
  const edge = mode === "reflect" ? 0 : 1;
  const reaches = paddings.every(([before, after], axis) => Math.max(before, after) < x.shape[axis]! + edge);
  if (!isPadding(paddings) || !reaches) return undefined;
  const shape = padded(x.shape, paddings);
  return recordMove(backend, `MirrorPad ${mode} ${paddings}`, x, shape, (graph, value) => {
    const { dtype, order } = value;
    const stored = [...value.stored];
    let { name } = value;
    paddings.forEach(([before, after], axis) => {
      // All the same is its own mirror image.
      if (before + after === 0 || stored[axis] === 1) return;
      const places = mirrored(stored[axis]!, before, after, edge);
      stored[axis] = shape[axis]!;
      name = graph.op("Gather", [name, graph.ints(places)], { axis: axisInOrder(axis, order) });
    });
    return new Value(name, dtype, shape, order, stored);
  });
});

/** For each place of the padded axis the place from which it comes; with `edge` 1 the edge is repeated. */
const mirrored = (length: number, before: number, after: number, edge: number): number[] =>
  Array.from({ length: before + length + after }, (_, i) => {
    const place = i - before;
    if (place < 0) return -place - edge;
    return place < length ? place : 2 * (length - 1) - place + edge;
  });

/** Kernels that add margins to a tensor. */
export const padding: readonly OnnxKernel[] = [padV2, mirrorPad];
