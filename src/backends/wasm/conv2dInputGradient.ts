import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { type backend_util, conv2d, slice, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { allocate, copyRun, views } from "./heap.js";

/** Channels that are transposed together: a cache line of values. */
const blockChannels = 16;

/**
 * Gradient of a convolution with respect to its input, which is also a transposed convolution.
 *
 * Input row y meets filter row k in output row o where o * stride + k = y + padding. With
 * y + padding = a * stride + phase and k = j * stride + phase, o = a - j: each phase is a plain convolution of dy
 * with every stride-th filter row, backwards. All phases run as one convolution whose output channels are phase
 * and input channel; its result is then woven together. With stride 1 there is one phase and nothing to weave.
 */
export function conv2dInputGradient(
  dy: Tensor4D,
  filter: Tensor4D,
  shape: backend_util.Conv2DInfo,
  backend: BackendWasm,
): Tensor4D {
  const { padInfo, filterHeight, filterWidth, strideHeight, strideWidth, inChannels, outChannels } = shape;
  const rows = phaseAxis(shape.inHeight, shape.outHeight, filterHeight, strideHeight, padInfo.top);
  const columns = phaseAxis(shape.inWidth, shape.outWidth, filterWidth, strideWidth, padInfo.left);
  const phases = strideHeight * strideWidth;
  return tidy(() => {
    const backwards: Tensor4D = allocate(backend, [
      rows.taps,
      columns.taps,
      outChannels,
      phases * inChannels,
    ]);
    writeBackwards(views(backend, filter, backwards), shape, rows.taps, columns.taps);
    const phased = conv2d(fit(dy, rows, columns), backwards, 1, [
      [0, 0],
      [Math.max(0, rows.before), Math.max(0, rows.after)],
      [Math.max(0, columns.before), Math.max(0, columns.after)],
      [0, 0],
    ]) as Tensor4D;
    if (phases === 1) return phased;
    const dx: Tensor4D = allocate(backend, shape.inShape);
    weave(views(backend, phased, dx), shape, phased.shape);
    return dx;
  });
}

/** What the phases need along one axis. */
interface PhaseAxis {
  /** Filter positions of a phase. */
  readonly taps: number;
  /** Zeros to add before dy; when negative, values to drop. */
  readonly before: number;
  /** Zeros to add after dy; when negative, values to drop. */
  readonly after: number;
}

function phaseAxis(
  inSize: number,
  outSize: number,
  filterSize: number,
  stride: number,
  padding: number,
): PhaseAxis {
  const taps = Math.ceil(filterSize / stride);
  return {
    taps,
    before: taps - 1 - Math.floor(padding / stride),
    after: Math.floor((inSize - 1 + padding) / stride) - (outSize - 1),
  };
}

/** dy without the rows and columns that no input value met. */
function fit(dy: Tensor4D, rows: PhaseAxis, columns: PhaseAxis): Tensor4D {
  const kept = ({ before, after }: PhaseAxis, size: number) => ({
    begin: Math.max(0, -before),
    size: size - Math.max(0, -before) - Math.max(0, -after),
  });
  const [batch, height, width, channels] = dy.shape;
  const y = kept(rows, height);
  const x = kept(columns, width);
  if (y.size === height && x.size === width) return dy;
  return slice(dy, [0, y.begin, x.begin, 0], [batch, y.size, x.size, channels]);
}

/** Writes the filter as [taps, taps, out channel, (phase of y, phase of x, in channel)], backwards along the taps. */
function writeBackwards(
  [filter, backwards]: readonly [Float32Array, Float32Array],
  { filterHeight, filterWidth, strideHeight, strideWidth, inChannels, outChannels }: backend_util.Conv2DInfo,
  tapsY: number,
  tapsX: number,
): void {
  const rowLength = strideHeight * strideWidth * inChannels;
  backwards.fill(0);
  for (let ky = 0; ky < filterHeight; ky++) {
    const tapY = tapsY - 1 - Math.floor(ky / strideHeight);
    for (let kx = 0; kx < filterWidth; kx++) {
      const tapX = tapsX - 1 - Math.floor(kx / strideWidth);
      const phase = (ky % strideHeight) * strideWidth + (kx % strideWidth);
      const to = (tapY * tapsX + tapX) * outChannels * rowLength + phase * inChannels;
      const from = (ky * filterWidth + kx) * inChannels * outChannels;
      for (let block = 0; block < inChannels; block += blockChannels) {
        const end = Math.min(inChannels, block + blockChannels);
        for (let o = 0; o < outChannels; o++) {
          for (let i = block; i < end; i++)
            backwards[to + o * rowLength + i] = filter[from + i * outChannels + o]!;
        }
      }
    }
  }
}

/** Puts the phases, which lie side by side as channels, back in their places. */
function weave(
  [phased, dx]: readonly [Float32Array, Float32Array],
  { padInfo, strideHeight, strideWidth, inHeight, inWidth, inChannels }: backend_util.Conv2DInfo,
  [batch, height, width]: Tensor4D["shape"],
): void {
  const heap = new Float32Array(dx.buffer);
  const origin = phased.byteOffset / 4;
  const pixel = strideHeight * strideWidth * inChannels;
  const firstRow = Math.floor(padInfo.top / strideHeight);
  const firstColumn = Math.floor(padInfo.left / strideWidth);
  let to = dx.byteOffset / 4;
  for (let image = 0; image < batch; image++) {
    for (let y = padInfo.top; y < padInfo.top + inHeight; y++) {
      const row = (image * height + Math.floor(y / strideHeight) - firstRow) * width - firstColumn;
      for (let x = padInfo.left; x < padInfo.left + inWidth; x++) {
        const phase = (y % strideHeight) * strideWidth + (x % strideWidth);
        const from = origin + (row + Math.floor(x / strideWidth)) * pixel + phase * inChannels;
        copyRun(heap, to, from, inChannels);
        to += inChannels;
      }
    }
  }
}
