import {
  backend_util,
  SplitV,
  type SplitVAttrs,
  type TensorInfo,
  Unpack,
  type UnpackAttrs,
  util,
} from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { axisInOrder, type Shape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { filled } from "./filled.js";
import { recordMove } from "./moving.js";

/** The parts of a value along an axis, one after the other; one operation gives them all. No size is zero. */
export function emitSplit(
  graph: Graph,
  given: Value,
  axis: number,
  sizes: readonly number[],
): readonly Value[] {
  return graph.once(`split ${given.key} ${axis} ${sizes}`, () => {
    const shapes = sizes.map((size) => given.shape.with(axis, size));
    if (given.fill !== undefined)
      return shapes.map((shape) => filled(graph, given.dtype, given.fill!, shape));
    const apart = axis === 3 ? emitSplitRemainder(graph, given, sizes, shapes) : undefined;
    if (apart) return apart;
    const { name, dtype, order, stored } = graph.settled(given);
    if (stored[axis] === 1) return shapes.map((shape) => new Value(name, dtype, shape, order, stored));
    const parts = cut(graph, name, axisInOrder(axis, order), sizes);
    return shapes.map((shape, i) => new Value(parts[i]!, dtype, shape, order, stored.with(axis, sizes[i]!)));
  });
}

/** WebGPU lets an operation have eight values, the results among them. */
const mostResults = 7;

/** Names of the parts along an axis in memory. */
function cut(graph: Graph, name: string, axis: number, sizes: readonly number[]): string[] {
  if (!graph.target.accelerated || sizes.length <= mostResults)
    return graph.ops("Split", [name, graph.ints(sizes)], sizes.length, { axis });
  let end = 0;
  return sizes.map((size) => {
    const begin = end;
    end += size;
    return graph.op("Slice", [name, graph.ints([begin]), graph.ints([end]), graph.ints([axis])]);
  });
}

/**
 * The parts of a value to which something remains to be added, where the parts have the channels of the values that make
 * what remains: then it remains to be added to each of them. Undefined elsewhere.
 */
function emitSplitRemainder(
  graph: Graph,
  { name, dtype, remainder }: Value,
  sizes: readonly number[],
  shapes: readonly Shape[],
): readonly Value[] | undefined {
  const sources = remainder?.of.parts;
  if (!remainder || sources?.length !== sizes.length) return undefined;
  if (sources.some(({ shape }, i) => shape[3] !== sizes[i])) return undefined;
  const { scale, shift } = remainder;
  const [names, scales, shifts] = [
    cut(graph, name, 1, sizes),
    cut(graph, scale, 0, sizes),
    cut(graph, shift, 0, sizes),
  ];
  return shapes.map((shape, i) => {
    const part = new Value(names[i]!, dtype, shape, "planes");
    part.remainder = { of: sources[i]!, scale: scales[i]!, shift: shifts[i]! };
    return part;
  });
}

const split = kernel<Readonly<Record<"x", TensorInfo>>, SplitVAttrs>(SplitV, ({ x }, attributes, backend) => {
  const axis = util.parseAxisParam(attributes.axis, x.shape)[0]!;
  const sizes = backend_util.prepareSplitSize(x as never, attributes.numOrSizeSplits, axis);
  const written = sizes.filter((size) => size > 0);
  if (written.length === 1) {
    return sizes.map((size) => (size > 0 ? backend.alias(x, x.shape) : recordPart(size, 0)));
  }
  let next = 0;
  return sizes.map((size) => recordPart(size, size > 0 ? next++ : 0));

  function recordPart(size: number, index: number): TensorInfo {
    return backend.record({
      key: `SplitV ${axis} ${sizes} ${index}`,
      inputs: [x],
      shape: x.shape.with(axis, size),
      dtype: x.dtype as OnnxType,
      emit: (graph, [value]) => emitSplit(graph, value!, axis, written)[index]!,
    });
  }
});

const unpack = kernel<Readonly<Record<"value", TensorInfo>>, UnpackAttrs>(
  Unpack,
  ({ value: x }, attributes, backend) => {
    const axis = attributes.axis < 0 ? attributes.axis + x.shape.length : attributes.axis;
    const shape = x.shape.toSpliced(axis, 1);
    return Array.from({ length: x.shape[axis]! }, (_, index) =>
      recordMove(backend, `Unpack ${axis} ${index}`, x, shape, (graph, value) => {
        const name = graph.reordered(value, "rows");
        const stored = value.stored.toSpliced(axis, 1);
        const part =
          value.stored[axis] === 1
            ? graph.reshape(name, stored)
            : graph.op("Gather", [name, graph.constant("int64", [], [index])], { axis });
        return new Value(part, value.dtype, shape, "rows", stored);
      }),
    );
  },
);

/** Kernels that cut a tensor into several. */
export const splits: readonly OnnxKernel[] = [split, unpack];
