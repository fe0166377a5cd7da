import type { NdArray } from "ndarray";

/** A grey image outside tensors. */
export interface Image {
  /** Shape [height, width], row first. */
  readonly pixels: NdArray<Uint8Array> | NdArray<Uint16Array> | NdArray<Float32Array>;
  /** Lowest and highest value that a pixel may take, such as [0, 255]; not the extremes of this image. */
  readonly range: readonly [number, number];
}
