import {
  BatchToSpaceND,
  type BatchToSpaceNDAttrs,
  backend_util,
  DepthToSpace,
  type DepthToSpaceAttrs,
  SpaceToBatchND,
  type SpaceToBatchNDAttrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import { sizeOf, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { recordMove } from "./moving.js";
import { recordPad } from "./padding.js";
import { recordReshape, recordTranspose } from "./shape.js";
import { recordSlice } from "./slicing.js";

type One = Readonly<Record<"x", TensorInfo>>;

/** Records one step after the other; what lies between is not kept. */
function recordSteps(
  backend: OnnxBackend,
  x: TensorInfo,
  steps: readonly ((x: TensorInfo) => TensorInfo)[],
): TensorInfo {
  return steps.reduce((given, step) => {
    const result = step(given);
    if (given !== x) backend.disposeIntermediateTensorInfo(given);
    return result;
  }, x);
}

const spaceToBatch = kernel<One, SpaceToBatchNDAttrs>(
  SpaceToBatchND,
  ({ x }, { blockShape, paddings }, backend) => {
    if (paddings.flat().some((count) => count < 0)) return undefined;
    const size = sizeOf(blockShape);
    const axes = blockShape.length;
    const margins = x.shape.map((_, axis) => (paddings[axis - 1] ?? [0, 0]) as [number, number]);
    const shape = x.shape.map((length, axis) => length + margins[axis]![0] + margins[axis]![1]);
    const cut = backend_util.getReshaped(shape, blockShape, size, false);
    return recordSteps(backend, x, [
      (given) => recordPad(backend, given, margins, 0)!,
      (given) => recordReshape(backend, given, cut),
      (given) => recordTranspose(backend, given, backend_util.getPermuted(cut.length, axes, false)),
      (given) =>
        recordReshape(backend, given, backend_util.getReshapedPermuted(shape, blockShape, size, false)),
    ]);
  },
);

const batchToSpace = kernel<One, BatchToSpaceNDAttrs>(
  BatchToSpaceND,
  ({ x }, { blockShape, crops }, backend) => {
    if (crops.flat().some((count) => count < 0)) return undefined;
    const size = sizeOf(blockShape);
    const axes = blockShape.length;
    const cut = backend_util.getReshaped(x.shape, blockShape, size);
    const joined = backend_util.getReshapedPermuted(x.shape, blockShape, size);
    const begin = joined.map((_, axis) => backend_util.getSliceBeginCoords(crops, axes)[axis] ?? 0);
    const sizes = joined.map(
      (length, axis) => backend_util.getSliceSize(joined, crops, axes)[axis] ?? length,
    );
    return recordSteps(backend, x, [
      (given) => recordReshape(backend, given, cut),
      (given) => recordTranspose(backend, given, backend_util.getPermuted(cut.length, axes)),
      (given) => recordReshape(backend, given, joined),
      (given) => recordSlice(backend, given, begin, sizes),
    ]);
  },
);

const depthToSpace = kernel<One, DepthToSpaceAttrs>(
  DepthToSpace,
  ({ x }, { blockSize, dataFormat }, backend) => {
    if (dataFormat !== "NHWC" || x.dtype !== "float32") return undefined;
    const [batch = 0, height = 0, width = 0, depth = 0] = x.shape;
    const shape = [batch, height * blockSize, width * blockSize, depth / blockSize ** 2];
    return recordMove(backend, `DepthToSpace ${blockSize}`, x, shape, (graph, value) => {
      const attributes = { blocksize: blockSize, mode: "DCR" };
      const name = graph.op("DepthToSpace", [graph.named(value, "planes")], attributes);
      return new Value(name, value.dtype, shape, "planes");
    });
  },
);

/** Kernels that move blocks between axes. */
export const blocks: readonly OnnxKernel[] = [spaceToBatch, batchToSpace, depthToSpace];
