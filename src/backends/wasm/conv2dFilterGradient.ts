import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import {
  type backend_util,
  concat,
  matMul,
  mul,
  pad,
  reshape,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { allocate, copyRun, views } from "./heap.js";

/** Values of the patch matrix that are written at a time: 4 MiB, which a processor's cache holds. */
const slabValues = 2 ** 20;

/**
 * Gradient of a convolution with respect to its filter.
 *
 * The patches of the input make a matrix with a row for each filter position and input channel and a column for
 * each output pixel; the gradient is that matrix times dy. The product runs in XNNPACK, a slab of rows at a time.
 */
export function conv2dFilterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  shape: backend_util.Conv2DInfo,
  backend: BackendWasm,
): Tensor4D {
  const pixels = shape.batchSize * shape.outHeight * shape.outWidth;
  const rows = shape.filterHeight * shape.filterWidth * shape.inChannels;
  return tidy(() => {
    // A matrix of its own: TensorFlow.js keeps what XNNPACK makes of a right-hand matrix until it is disposed.
    const gradient: Tensor2D = mul(reshape(dy, [pixels, shape.outChannels]), 1);
    const planes = channelPlanes(x, shape);
    if (shape.filterHeight * shape.filterWidth * shape.strideHeight * shape.strideWidth === 1) {
      return reshape(matMul(reshape(planes, [rows, pixels]), gradient), shape.filterShape);
    }
    const slab = Math.max(1, Math.floor(slabValues / pixels));
    const products: Tensor2D[] = [];
    for (let first = 0; first < rows; first += slab) {
      const count = Math.min(slab, rows - first);
      const patches: Tensor2D = allocate(backend, [count, pixels]);
      writePatches(views(backend, planes, patches), planes.shape, shape, first, count);
      products.push(matMul(patches, gradient));
      patches.dispose();
    }
    return reshape(concat(products, 0), shape.filterShape);
  });
}

/** The padded input as [channels, batch, height, width]. */
function channelPlanes(x: Tensor4D, shape: backend_util.Conv2DInfo): Tensor4D {
  const { top, left } = shape.padInfo;
  const bottom = (shape.outHeight - 1) * shape.strideHeight + shape.filterHeight - shape.inHeight - top;
  const right = (shape.outWidth - 1) * shape.strideWidth + shape.filterWidth - shape.inWidth - left;
  const padded =
    top <= 0 && left <= 0 && bottom <= 0 && right <= 0
      ? x
      : pad(x, [
          [0, 0],
          [top, Math.max(0, bottom)],
          [left, Math.max(0, right)],
          [0, 0],
        ]);
  return transpose(padded, [3, 0, 1, 2]);
}

/** Writes rows of the patch matrix: row (ky * filterWidth + kx) * channels + c is what filter value [ky, kx, c] sees. */
function writePatches(
  [planes, patches]: readonly [Float32Array, Float32Array],
  [channels, batch, height, width]: Tensor4D["shape"],
  { filterWidth, outHeight, outWidth, strideHeight, strideWidth }: backend_util.Conv2DInfo,
  firstRow: number,
  rows: number,
): void {
  const heap = new Float32Array(planes.buffer);
  const origin = planes.byteOffset / 4;
  let to = patches.byteOffset / 4;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const channel = row % channels;
    const position = (row - channel) / channels;
    const kx = position % filterWidth;
    const ky = (position - kx) / filterWidth;
    for (let image = 0; image < batch; image++) {
      let from = origin + ((channel * batch + image) * height + ky) * width + kx;
      for (let y = 0; y < outHeight; y++) {
        if (strideWidth === 1) copyRun(heap, to, from, outWidth);
        else for (let i = 0; i < outWidth; i++) heap[to + i] = heap[from + i * strideWidth]!;
        to += outWidth;
        from += strideHeight * width;
      }
    }
  }
}
