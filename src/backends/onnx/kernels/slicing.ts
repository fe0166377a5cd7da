import {
  Reverse,
  type ReverseAttrs,
  Slice,
  type SliceAttrs,
  StridedSlice,
  type StridedSliceAttrs,
  slice_util,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import type { Graph } from "../graph/graph.js";
import { axisInOrder, sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { recordMove } from "./moving.js";
import { recordReshape } from "./shape.js";

type One = Readonly<Record<"x", TensorInfo>>;

/** Which elements are taken along an axis. */
interface Section {
  /** The first. */
  readonly begin: number;
  /** How many. */
  readonly length: number;
  /** From one to the next. */
  readonly step: number;
}

/** Records a part of a tensor: all combinations of the elements along each axis. */
function recordSections(backend: OnnxBackend, x: TensorInfo, sections: readonly Section[]): TensorInfo {
  const shape = sections.map(({ length }) => length);
  if (sameShape(shape, x.shape) && sections.every(({ step }) => step === 1)) return backend.alias(x, shape);
  const key = `Slice ${sections.map(({ begin, step }) => `${begin}:${step}`)}`;
  return recordMove(backend, key, x, shape, (graph, value) => section(graph, value, sections));
}

function section(graph: Graph, value: Value, sections: readonly Section[]): Value {
  const { name, dtype, order, stored } = value;
  // ONNX Runtime 1.30 on WebGPU begins with the last element whenever it steps backwards.
  const isBeyond = ({ begin, step }: Section, axis: number) => step < 0 && begin < stored[axis]! - 1;
  if (graph.target.accelerated && sections.some(isBeyond)) {
    const heads = sections.map((section, axis) => ({
      begin: 0,
      length: isBeyond(section, axis) ? section.begin + 1 : value.shape[axis]!,
      step: 1,
    }));
    return section(graph, section(graph, value, heads), sections);
  }
  const axes = sections.flatMap(({ length, step }, axis) =>
    stored[axis] === 1 || (length === stored[axis] && step === 1) ? [] : [axis],
  );
  const of = <T>(item: (section: Section, axis: number) => T) =>
    axes.map((axis) => item(sections[axis]!, axis));
  // An end before the first element must not be taken for one that counts from the last.
  const ends = of(({ begin, length, step }, axis) => {
    const end = begin + length * step;
    return end < 0 ? -value.shape[axis]! - 1 : end;
  });
  const steps = of(({ step }) => step);
  const lists = [of(({ begin }) => begin), ends, axes.map((axis) => axisInOrder(axis, order))];
  if (steps.some((step) => step !== 1)) lists.push(steps);
  const part = axes.length > 0 ? graph.op("Slice", [name, ...lists.map((list) => graph.ints(list))]) : name;
  return new Value(
    part,
    dtype,
    sections.map(({ length }) => length),
    order,
    sections.map(({ length }, axis) => (stored[axis] === 1 ? 1 : length)),
  );
}

/** Records the box of a tensor that starts at `begin`. */
export const recordSlice = (
  backend: OnnxBackend,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo =>
  recordSections(
    backend,
    x,
    begin.map((first, axis) => ({ begin: first, length: size[axis]!, step: 1 })),
  );

const slice = kernel<One, SliceAttrs>(Slice, ({ x }, attributes, backend) => {
  const [begin, size] = slice_util.parseSliceParams(
    x as never,
    attributes.begin,
    attributes.size,
  ) as number[][];
  slice_util.assertParamsValid(x as never, begin!, size!);
  const isBox = [...begin!, ...size!].every((number) => Number.isInteger(number) && number >= 0);
  return isBox ? recordSlice(backend, x, begin!, size!) : undefined;
});

const reverse = kernel<One, ReverseAttrs>(Reverse, ({ x }, { dims }, backend) => {
  const axes = util.parseAxisParam(dims, x.shape);
  const sections = x.shape.map((length, axis) =>
    axes.includes(axis) ? { begin: length - 1, length, step: -1 } : { begin: 0, length, step: 1 },
  );
  return recordSections(backend, x, sections);
});

const stridedSlice = kernel<One, StridedSliceAttrs>(StridedSlice, ({ x }, attributes, backend) => {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const info = slice_util.sliceInfo(
    x.shape,
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  if (info.isIdentity) return recordReshape(backend, x, info.finalShape);
  const isBox = info.sliceDim0 || info.isSimpleSlice;
  const lengths = slice_util.computeOutShape(info.begin, info.end, info.strides);
  // What the CPU's kernel makes of these is its own: boxes that end before they begin, strides where axes vanish.
  const isOdd = isBox ? lengths.some((length) => length < 0) : shrinkAxisMask !== 0;
  if (isOdd) return undefined;
  const sections = lengths.map((length, axis) => ({
    begin: info.begin[axis]!,
    length: Math.max(length, 0),
    step: info.strides[axis]!,
  }));
  const part = recordSections(backend, x, sections);
  const result = recordReshape(backend, part, info.finalShape);
  backend.disposeIntermediateTensorInfo(part);
  return result;
});

/** Kernels that take a part of a tensor or turn it around. */
export const slicing: readonly OnnxKernel[] = [slice, reverse, stridedSlice];
