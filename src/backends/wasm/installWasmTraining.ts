import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import {
  AvgPoolGrad,
  type AvgPoolGradAttrs,
  add,
  backend_util,
  Complex,
  ComplexAbs,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  FFT,
  FusedBatchNorm,
  type FusedBatchNormAttrs,
  getKernel,
  getKernelsForBackend,
  Identity,
  IFFT,
  Imag,
  MaxPool3DGrad,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
  Mean,
  type MeanAttrs,
  mul,
  Real,
  registerKernel,
  rsqrt,
  Slice,
  type SliceAttrs,
  SplitV,
  type SplitVAttrs,
  Sum,
  type SumAttrs,
  slice_util,
  sub,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  Tile,
  type TileAttrs,
  tidy,
  unregisterKernel,
  util,
} from "@tensorflow/tfjs-core";
import { writeColumnSums } from "./columnSums.js";
import { conv2dFilterGradient } from "./conv2dFilterGradient.js";
import { conv2dInputGradient } from "./conv2dInputGradient.js";
import { cpuFallback } from "./cpuFallback.js";
import { allocate, views } from "./heap.js";
import { writeAveragePoolGradient, writeMaxPoolGradient } from "./poolGradients.js";
import { writeSlice } from "./slice.js";
import { writeTiles } from "./tile.js";

/** Kernels on complex numbers, which the WASM backend cannot store. */
const complexKernels: ReadonlySet<string> = new Set([Complex, ComplexAbs, FFT, IFFT, Imag, Real]);

let installed = false;

/**
 * Makes models train on the WASM backend: gives it the kernels that it lacks, of which the first is the gradient
 * of a convolution's filter, and takes the place of those that are wrong or that a training step waits for.
 * Needs the kernels of `@tensorflow/tfjs-backend-wasm` and `@tensorflow/tfjs-backend-cpu` registered; a second
 * call does nothing.
 */
export function installWasmTraining(): void {
  if (installed) return;
  installed = true;
  fillGaps();
  override<{ x: Tensor4D; dy: Tensor4D }, Conv2DBackpropFilterAttrs>(
    Conv2DBackpropFilter,
    ({ x, dy }, { filterShape, strides, pad, dimRoundingMode, dataFormat }, backend) => {
      if (dataFormat !== "NHWC" || x.size === 0 || dy.size === 0) return undefined;
      const shape = backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
      if (!util.arraysEqual(dy.shape, shape.outShape)) return undefined;
      return conv2dFilterGradient(x, dy, shape, backend);
    },
  );
  override<{ dy: Tensor4D; filter: Tensor4D }, Conv2DBackpropInputAttrs>(
    Conv2DBackpropInput,
    ({ dy, filter }, { inputShape, strides, pad, dimRoundingMode, dataFormat }, backend) => {
      if (dataFormat !== "NHWC" || dy.size === 0 || filter.size === 0) return undefined;
      const shape = backend_util.computeConv2DInfo(
        inputShape,
        filter.shape,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      if (!util.arraysEqual(dy.shape, shape.outShape)) return undefined;
      return conv2dInputGradient(dy, filter, shape, backend);
    },
  );
  override<{ dy: Tensor4D; input: Tensor4D }, MaxPoolGradAttrs>(
    MaxPoolGrad,
    ({ dy, input }, { filterSize, strides, pad, dimRoundingMode }, backend) => {
      const shape = backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad, dimRoundingMode);
      const dx = allocate(backend, input.shape);
      writeMaxPoolGradient(views(backend, input, dy, dx), shape);
      return dx;
    },
  );
  override<{ dy: Tensor4D; input: Tensor4D }, AvgPoolGradAttrs>(
    AvgPoolGrad,
    ({ dy, input }, { filterSize, strides, pad }, backend) => {
      const shape = backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad);
      const dx = allocate(backend, input.shape);
      writeAveragePoolGradient(views(backend, dy, dx), shape);
      return dx;
    },
  );
  override<
    Record<"x" | "mean" | "variance", Tensor> & { offset?: Tensor; scale?: Tensor },
    FusedBatchNormAttrs
  >(FusedBatchNorm, ({ x, mean, variance, offset, scale }, { varianceEpsilon }) =>
    tidy(() => {
      const inverse = rsqrt(add(variance, varianceEpsilon));
      const scaled = mul(sub(x, mean), scale ? mul(inverse, scale) : inverse);
      return offset ? add(scaled, offset) : scaled;
    }),
  );
  override<{ x: Tensor }, SliceAttrs>(Slice, ({ x }, { begin, size }, backend) => {
    if (x.dtype !== "float32") return undefined;
    const [from, taken] = slice_util.parseSliceParams(x, begin, size);
    return slice(x, from!, taken!, backend);
  });
  override<{ x: Tensor }, SplitVAttrs>(SplitV, ({ x }, { numOrSizeSplits, axis }, backend) => {
    if (x.dtype !== "float32") return undefined;
    const along = util.parseAxisParam(axis, x.shape)[0]!;
    let begin = 0;
    return backend_util.prepareSplitSize(x, numOrSizeSplits, along).map((length) => {
      const from = x.shape.map((_, i) => (i === along ? begin : 0));
      begin += length;
      return slice(x, from, x.shape.with(along, length), backend);
    });
  });
  override<{ x: Tensor }, object>(Identity, ({ x: { dataId, shape, dtype } }, _, backend) => {
    if (dtype === "string") return undefined;
    backend.incRef(dataId);
    return { dataId, shape, dtype };
  });
  override<{ x: Tensor }, TileAttrs>(Tile, ({ x }, { reps }, backend) => {
    if (x.dtype !== "float32") return undefined;
    const tiles = allocate(
      backend,
      x.shape.map((length, axis) => length * reps[axis]!),
    );
    writeTiles(views(backend, x, tiles), x.shape, reps);
    return tiles;
  });
  override<{ x: Tensor }, SumAttrs>(Sum, ({ x }, attrs, backend) => reduceRows(x, attrs, () => 1, backend));
  override<{ x: Tensor }, MeanAttrs>(Mean, ({ x }, attrs, backend) =>
    reduceRows(x, attrs, (rows) => 1 / rows, backend),
  );
}

/** Registers for WASM, through {@link cpuFallback}, what only the CPU backend has, and what WASM has but wrong. */
function fillGaps(): void {
  for (const kernel of getKernelsForBackend("cpu")) {
    const { kernelName } = kernel;
    const stock = getKernel(kernelName, "wasm");
    if (complexKernels.has(kernelName) || (stock && kernelName !== MaxPool3DGrad)) continue;
    if (stock) unregisterKernel(kernelName, "wasm");
    registerKernel({ kernelName, backendName: "wasm", kernelFunc: cpuFallback(kernel) });
  }
}

/** Puts `kernel` in front of the registered one, which still runs where `kernel` gives undefined. */
function override<Inputs, Attrs>(
  kernelName: string,
  kernel: (inputs: Inputs, attrs: Attrs, backend: BackendWasm) => TensorInfo | TensorInfo[] | undefined,
): void {
  const stock = getKernel(kernelName, "wasm");
  unregisterKernel(kernelName, "wasm");
  registerKernel({
    ...stock,
    kernelFunc: (call) =>
      kernel(call.inputs as Inputs, call.attrs as Attrs, call.backend as BackendWasm) ??
      stock.kernelFunc(call),
  });
}

/** The part of `x` that starts at `begin` and is `size` long along each axis. */
function slice(
  x: Tensor,
  begin: readonly number[],
  size: readonly number[],
  backend: BackendWasm,
): TensorInfo {
  const part = allocate(backend, size);
  writeSlice(views(backend, x, part), x.shape, begin, size);
  return part;
}

/** Sum or mean over the leading axes, as in batch normalisation; undefined where others are asked for. */
function reduceRows(
  x: Tensor,
  { axis, keepDims }: SumAttrs,
  scale: (rows: number) => number,
  backend: BackendWasm,
): TensorInfo | undefined {
  const axes = util.parseAxisParam(axis, x.shape);
  const leading = axes.toSorted((a, b) => a - b).every((value, i) => value === i);
  if (x.dtype !== "float32" || !leading || axes.length === 0 || axes.length === x.rank) return undefined;
  const reduced = x.shape.slice(0, axes.length);
  const shape = x.shape.slice(axes.length);
  const out = allocate(backend, keepDims ? [...reduced.map(() => 1), ...shape] : shape);
  writeColumnSums(views(backend, x, out), scale(util.sizeFromShape(reduced)));
  return out;
}
