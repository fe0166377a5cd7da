import type { OnnxType } from "../recorded.js";

/** Lengths of a tensor's axes. */
export type Shape = readonly number[];

/**
 * How a value of four axes lies in memory: `rows` as TensorFlow.js has it, [batch, height, width, channels]; `planes`
 * with the channels second, as convolutions want it; `filter` with a convolution's filter [height, width, in, out] as
 * [out, in, height, width]. All other values lie as `rows`.
 */
export type Order = "rows" | "planes" | "filter";

/** For each order, the axis of TensorFlow.js's shape that comes first in memory, second, and so on. */
export const axesOf = { planes: [0, 3, 1, 2], filter: [3, 2, 0, 1] } as const;

/** Per-channel sum that is still to be added to a value: the batch normalisation of `of` with these vectors. */
export interface Remainder {
  /** What is scaled and shifted. */
  readonly of: Value;
  /** Name of the scale, shape [channels]. */
  readonly scale: string;
  /** Name of the shift, shape [channels]. */
  readonly shift: string;
}

/** A value while a graph is written. */
export class Value {
  /** The number that all elements are, where it is known. */
  fill?: number;
  /** The values whose channels, one after the other, make this one. */
  parts?: readonly Value[];
  /** What has to be added before any but a sum or a split of channels uses the value. */
  remainder?: Remainder;
  /** The batch normalisation of which this is the result, to compute it again where that is cheaper than to keep it. */
  normalized?: Normalized;
  /** Writes the value once more, after the value of the given name is there; it frees the first until then. */
  again?: (after: string) => string;

  /**
   * @param name in the graph
   * @param shape as TensorFlow.js has it
   * @param order in memory
   * @param stored lengths of the axes in memory, in TensorFlow.js's order: 1 where all along the axis is the same and not
   * repeated
   */
  constructor(
    readonly name: string,
    readonly dtype: OnnxType,
    readonly shape: Shape,
    readonly order: Order = "rows",
    readonly stored: Shape = shape,
  ) {}

  /** Text that tells the value from all others in the graph: several may be one name in other shapes or orders. */
  get key(): string {
    return `${this.name} ${this.order} ${this.shape}`;
  }
}

/** Inputs of a batch normalisation: names of x in planes and of vectors [channels]. */
export interface Normalized {
  /** The value that is normalised, with its channels second. */
  readonly x: string;
  /** Scale and shift. */
  readonly scale: string;
  /** Shift after scaling. */
  readonly shift: string;
  /** Mean of each channel. */
  readonly mean: string;
  /** Variance of each channel. */
  readonly variance: string;
  /** What is added to the variance. */
  readonly epsilon: number;
}

/** Number of elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, length) => product * length, 1);

/** Whether two shapes are equal. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

/** A shape, or any list with an item for each axis, as it is in memory. */
export const inOrder = <T>(items: readonly T[], order: Order): readonly T[] =>
  order === "rows" ? items : axesOf[order].map((axis) => items[axis]!);

/** Where in memory an axis of TensorFlow.js's shape is. */
export const axisInOrder = (axis: number, order: Order): number =>
  order === "rows" ? axis : axesOf[order].indexOf(axis as 0 | 1 | 2 | 3);
