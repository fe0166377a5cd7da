import type { backend_util } from "@tensorflow/tfjs-core";

/**
 * Gradient of max pooling: each output's gradient goes to the first largest value of its window. A window
 * without a value above -Infinity, as one of NaN, passes nothing on.
 */
export function writeMaxPoolGradient(
  [x, dy, dx]: readonly [Float32Array, Float32Array, Float32Array],
  shape: backend_util.Conv2DInfo,
): void {
  const largest = new Float32Array(dy.length).fill(Number.NEGATIVE_INFINITY);
  const place = new Int32Array(dy.length).fill(-1);
  forEachTap(shape, (from, to) => {
    for (let c = 0; c < shape.inChannels; c++) {
      const value = x[from + c]!;
      if (value > largest[to + c]!) {
        largest[to + c] = value;
        place[to + c] = from + c;
      }
    }
  });
  dx.fill(0);
  for (let i = 0; i < dy.length; i++) {
    const target = place[i]!;
    if (target >= 0) dx[target] = dx[target]! + dy[i]!;
  }
}

/** Gradient of average pooling; as in TensorFlow.js, a window at the border counts its padding. */
export function writeAveragePoolGradient(
  [dy, dx]: readonly [Float32Array, Float32Array],
  shape: backend_util.Conv2DInfo,
): void {
  const share = 1 / (shape.filterHeight * shape.filterWidth);
  dx.fill(0);
  forEachTap(shape, (from, to) => {
    for (let c = 0; c < shape.inChannels; c++) dx[from + c] = dx[from + c]! + dy[to + c]! * share;
  });
}

/**
 * Visits each pair of an output pixel and an input pixel of its window, output by output, window rows first.
 *
 * @param visit gets where the input pixel's and the output pixel's channels begin
 */
function forEachTap(shape: backend_util.Conv2DInfo, visit: (input: number, output: number) => void): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = shape;
  let output = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * shape.strideHeight - shape.padInfo.top;
      const bottom = Math.min(inHeight, top + filterHeight);
      for (let ox = 0; ox < outWidth; ox++) {
        const left = ox * shape.strideWidth - shape.padInfo.left;
        const right = Math.min(inWidth, left + filterWidth);
        for (let y = Math.max(0, top); y < bottom; y++) {
          for (let x = Math.max(0, left); x < right; x++) {
            visit(((image * inHeight + y) * inWidth + x) * inChannels, output);
          }
        }
        output += inChannels;
      }
    }
  }
}
