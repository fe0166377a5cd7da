import {
  avgPool,
  type GradFunc,
  getBackend,
  getGradient,
  mul,
  ResizeNearestNeighbor,
  type ResizeNearestNeighborAttrs,
  registerGradient,
  type Tensor4D,
} from "@tensorflow/tfjs-core";

let own: GradFunc | undefined;

/**
 * Gives TensorFlow.js's backend "cpu" a right gradient for cells that are repeated (`UpSampling2D` with "nearest", whole
 * factors): the sum over the cells that one was repeated to. Its own kernel reads the gradient of the wrong images as soon
 * as there are two (tfjs-backend-cpu 4.22, `ResizeNearestNeighborGrad`). Other backends and other resizing stay as they
 * are. Calling it again does nothing.
 */
export function correctRepeatGradient(): void {
  const theirs = getGradient(ResizeNearestNeighbor)?.gradFunc;
  if (theirs === undefined || theirs === own) return;
  own = (dy, saved, attributes) => {
    const [images] = saved as [Tensor4D];
    const { alignCorners, halfPixelCenters } = attributes as unknown as ResizeNearestNeighborAttrs;
    const gradient = dy as Tensor4D;
    const rows = gradient.shape[1] / images.shape[1];
    const columns = gradient.shape[2] / images.shape[2];
    const repeated =
      Number.isInteger(rows) && Number.isInteger(columns) && !alignCorners && !halfPixelCenters;
    if (!repeated || getBackend() !== "cpu") return theirs(dy, saved, attributes);
    const window: [number, number] = [rows, columns];
    return { images: () => mul(avgPool(gradient, window, window, "valid"), rows * columns) };
  };
  registerGradient({
    kernelName: ResizeNearestNeighbor,
    inputsToSave: ["images"],
    gradFunc: own,
  });
}
