import {
  backend_util,
  GatherNd,
  GatherV2,
  type GatherV2Attrs,
  OneHot,
  type OneHotAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { onnxTypes } from "../graph/modelProto.js";
import { axisInOrder, type Shape, sizeOf, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { asValues, isOnnxType, type OnnxType } from "../recorded.js";
import { filled, recordFill, written } from "./filled.js";
import { areInRange, replaceOutOfRange, rowIndices } from "./indices.js";
import { flat, repeated } from "./moving.js";

/** Beyond it sums of indices may not be 32-bit integers. */
const mostRows = 2 ** 30;

const gatherV2 = kernel<Readonly<Record<"x" | "indices", TensorInfo>>, GatherV2Attrs>(
  GatherV2,
  ({ x, indices }, attributes, backend) => {
    const axis = util.parseAxisParam(attributes.axis, x.shape)[0]!;
    const batchDims = attributes.batchDims ?? 0;
    const layout = backend_util.segment_util.collectGatherOpShapeInfo(
      x as never,
      indices as never,
      axis,
      batchDims,
    );
    const { outputShape: shape, batchSize, outerSize, dimSize, sliceSize } = layout;
    const rows = batchSize * outerSize * dimSize;
    if (indices.dtype !== "int32" || rows > mostRows) return undefined;
    // For indices out of the range the CPU's kernel has the error message. Those that are not known yet become such that
    // ONNX Runtime, where negative ones count from the end, refuses them.
    const areChecked = areInRange(backend, indices, [1], dimSize);
    if (areChecked === false) return undefined;
    return backend.record({
      key: `GatherV2 ${axis} ${batchDims} ${areChecked}`,
      inputs: [x, indices],
      shape,
      dtype: x.dtype as OnnxType,
      emit(graph, [given, places]) {
        const { dtype, fill } = given!;
        if (fill !== undefined) return filled(graph, dtype, fill, shape);
        const value = graph.settled(given!);
        const named = graph.named(places!);
        const index = areChecked ? named : replaceOutOfRange(graph, named, "int32", dimSize, rows);
        if (batchDims === 0) return gather(graph, value, index, places!.shape, axis, shape);
        const starts = graph.keyedConstant(
          `starts ${batchSize} ${outerSize} ${dimSize}`,
          "int32",
          [batchSize, outerSize, 1],
          () => Int32Array.from({ length: batchSize * outerSize }, (_, row) => row * dimSize),
        );
        const whole = graph.op("Add", [starts, graph.reshape(index, [batchSize, 1, -1])]);
        const table = graph.reshape(flat(graph, value), [rows, sliceSize]);
        return new Value(graph.reshape(graph.op("Gather", [table, whole], { axis: 0 }), shape), dtype, shape);
      },
    });
  },
);

function gather(graph: Graph, value: Value, index: string, counts: Shape, axis: number, shape: Shape): Value {
  const { dtype } = value;
  // One index instead of one index leaves the axes where they are.
  const order = counts.length === 1 ? value.order : "rows";
  const ordered = new Value(graph.reordered(value, order), dtype, value.shape, order, value.stored);
  const { name, stored } = repeated(graph, ordered, [axis]);
  const result = graph.op("Gather", [name, index], { axis: axisInOrder(axis, order) });
  return new Value(result, dtype, shape, order, stored.toSpliced(axis, 1, ...counts));
}

const gatherNd = kernel<Readonly<Record<"params" | "indices", TensorInfo>>>(
  GatherNd,
  ({ params, indices }, _, backend) => {
    const [shape, , sliceSize, strides] = backend_util.prepareAndValidate(params, indices);
    const rows = sizeOf(params.shape) / sliceSize;
    const areChecked = areInRange(backend, indices, strides, rows);
    if (areChecked === false) return undefined;
    return backend.record({
      key: `GatherNd ${areChecked}`,
      inputs: [params, indices],
      shape,
      dtype: params.dtype as OnnxType,
      emit(graph, [given, places]) {
        const index = rowIndices(graph, places!, strides);
        const checked = areChecked ? index : replaceOutOfRange(graph, index, "int64", rows, rows);
        const table = graph.reshape(flat(graph, given!), [rows, sliceSize]);
        const result = graph.op("Gather", [table, checked], { axis: 0 });
        return new Value(graph.reshape(result, shape), given!.dtype, shape);
      },
    });
  },
);

const oneHot = kernel<Readonly<Record<"indices", TensorInfo>>, OneHotAttrs>(
  OneHot,
  ({ indices }, { depth, onValue, offValue, dtype: given }, backend) => {
    const dtype: string = given ?? "float32";
    if (!isOnnxType(dtype) || indices.dtype !== "int32") return undefined;
    // The CPU's kernel writes 32-bit floats, whatever the type.
    const [on = 0, off = 0] = asValues(Float32Array.of(onValue, offValue), dtype);
    const shape = [...indices.shape, depth];
    if (Object.is(on, off)) return recordFill(backend, shape, on, dtype);
    if (dtype === "bool" && on + off !== 1) return undefined;
    return backend.record({
      key: `OneHot ${written(on)} ${written(off)}`,
      inputs: [indices],
      shape,
      dtype,
      emit(graph, [value]) {
        const classes = graph.keyedConstant(`classes ${depth}`, "int32", [depth], () =>
          Int32Array.from({ length: depth }, (_, i) => i),
        );
        const index = graph.reshape(flat(graph, value!), [...indices.shape, 1]);
        const isOn = graph.op("Equal", [index, classes]);
        return new Value(select(graph, isOn, on, off, dtype), dtype, shape);
      },
    });
  },
);

/** One of two numbers, by truth values. */
function select(graph: Graph, condition: string, on: number, off: number, dtype: OnnxType): string {
  if (dtype === "bool") return on === 1 ? condition : graph.op("Not", [condition]);
  if (on === 1 && Object.is(off, 0)) return graph.op("Cast", [condition], { to: onnxTypes[dtype] });
  return graph.op("Where", [condition, graph.scalar(on, dtype), graph.scalar(off, dtype)]);
}

/** Kernels that take elements by their indices. */
export const gathering: readonly OnnxKernel[] = [gatherV2, gatherNd, oneHot];
