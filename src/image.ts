import type { NdArray } from "ndarray";

/** A grey image outside tensors. */
export interface Image<
  Pixels extends Uint8Array | Uint16Array | Float32Array = Uint8Array | Uint16Array | Float32Array,
> {
  /** Shape [height, width], row first. */
  readonly pixels: Pixels extends unknown ? NdArray<Pixels> : never;
  /** Lowest and highest value that a pixel may take, such as [0, 255]; not the extremes of this image. */
  readonly range: readonly [number, number];
}

/** Which pixels belong to something: 1 inside, 0 outside; shape [height, width], row first. */
export type Mask = NdArray<Uint8Array>;
