import {
  backend_util,
  ScatterNd,
  type ScatterNdAttrs,
  type TensorInfo,
  UnsortedSegmentSum,
  type UnsortedSegmentSumAttrs,
} from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { type Shape, sizeOf, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { filled } from "./filled.js";
import { areInRange, replaceOutOfRange, rowIndices } from "./indices.js";
import { flat } from "./moving.js";

/**
 * Name of the sums, [rows, size], of the updates, [number, size], that have the same index. ScatterElements adds them one
 * after the other; ScatterND would add them in several threads at once, and lose some.
 */
function sumRows(
  graph: Graph,
  index: string,
  updates: string,
  [number, size]: Shape,
  rows: number,
  dtype: OnnxType,
) {
  const zeros = graph.op("Expand", [graph.scalar(0, dtype), graph.ints([rows, size!])]);
  const column = graph.reshape(index, [number!, 1]);
  const indices = size === 1 ? column : graph.op("Expand", [column, graph.ints([number!, size!])]);
  return graph.op("ScatterElements", [zeros, indices, graph.reshape(updates, [number!, size!])], {
    axis: 0,
    reduction: "add",
  });
}

const scatterNd = kernel<Readonly<Record<"updates" | "indices", TensorInfo>>, ScatterNdAttrs>(
  ScatterNd,
  ({ updates, indices }, { shape }, backend) => {
    const { numUpdates, sliceSize, strides, outputSize } = backend_util.calculateShapes(
      updates,
      indices,
      shape,
    );
    if (updates.dtype === "bool" || sizeOf(updates.shape) !== numUpdates * sliceSize) return undefined;
    const rows = outputSize / sliceSize;
    const areChecked = areInRange(backend, indices, strides, rows);
    if (areChecked === false) return undefined;
    return backend.record({
      key: `ScatterNd ${areChecked}`,
      inputs: [updates, indices],
      shape,
      dtype: updates.dtype as OnnxType,
      emit(graph, [value, places]) {
        const given = rowIndices(graph, places!, strides);
        // ONNX Runtime, where negative indices count from the end, refuses those that are too large.
        const index = areChecked ? given : replaceOutOfRange(graph, given, "int64", rows, rows);
        const { dtype } = value!;
        const sums = sumRows(graph, index, flat(graph, value!), [numUpdates, sliceSize], rows, dtype);
        return new Value(graph.reshape(sums, shape), dtype, shape);
      },
    });
  },
);

/** For floats only: the CPU's kernel makes floats of all types. */
const unsortedSegmentSum = kernel<Readonly<Record<"x" | "segmentIds", TensorInfo>>, UnsortedSegmentSumAttrs>(
  UnsortedSegmentSum,
  ({ x, segmentIds }, { numSegments }, backend) => {
    const [number, ...rest] = x.shape;
    const fits =
      segmentIds.dtype === "int32" && segmentIds.shape.length === 1 && segmentIds.shape[0] === number;
    if (x.dtype !== "float32" || !fits || numSegments < 1) return undefined;
    const shape = [numSegments, ...rest];
    const areInside = areInRange(backend, segmentIds, [1], numSegments) === true;
    return backend.record({
      key: `UnsortedSegmentSum ${areInside}`,
      inputs: [x, segmentIds],
      shape,
      dtype: "float32",
      emit(graph, [value, ids]) {
        if (value!.fill === 0) return filled(graph, "float32", 0, shape);
        const given = rowIndices(graph, ids!, [1]);
        const updates = flat(graph, value!);
        const layout = [number!, sizeOf(rest)];
        if (areInside) {
          const sums = sumRows(graph, given, updates, layout, numSegments, "float32");
          return new Value(graph.reshape(sums, shape), "float32", shape);
        }
        // What belongs to no segment is summed in a row of its own.
        const index = replaceOutOfRange(graph, given, "int64", numSegments, numSegments);
        const sums = sumRows(graph, index, updates, layout, numSegments + 1, "float32");
        const wanted = graph.op("Slice", [sums, graph.ints([0]), graph.ints([numSegments]), graph.ints([0])]);
        return new Value(graph.reshape(wanted, shape), "float32", shape);
      },
    });
  },
);

/** Kernels that add up elements by indices. */
export const scattering: readonly OnnxKernel[] = [scatterNd, unsortedSegmentSum];
