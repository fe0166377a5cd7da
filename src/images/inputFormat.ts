import type { Normalization } from "./normalization.js";

/** What a network is fed: part of a model's contract, and of every source of batches. */
export interface InputFormat {
  /** Rows, in pixels. */
  readonly height: number;
  /** Columns, in pixels. */
  readonly width: number;
  /** 1, or 3 with the grey value repeated. */
  readonly channels: 1 | 3;
  /** How pixels become input values. */
  readonly normalization: Normalization;
  /** Key of the change that was made to the images before resizing; absent where there was none. */
  readonly preprocessing?: string;
}
