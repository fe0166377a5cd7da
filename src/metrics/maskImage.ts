import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { rowMajor } from "../matrix.js";

/**
 * A mask with rows and columns: anything above 0.5 is inside, the rest outside, NaN unknown. An ndarray of shape
 * [height, width], or its values row by row with their size.
 */
export type MaskImage =
  | NdArray<Uint8Array>
  | NdArray<Float32Array>
  | {
      /** height x width values, row by row. */
      readonly data: ArrayLike<number>;
      /** Columns. */
      readonly width: number;
      /** Rows. */
      readonly height: number;
    };

/**
 * What a model's map says of each pixel, the higher the more: an ndarray of shape [height, width], or its values row by row
 * with their size.
 */
export type EvidenceMap = MaskImage;

/** Values with rows and columns, taken apart. */
export interface Grid {
  /** Row by row; shares memory with the caller's where that is possible. */
  readonly values: ArrayLike<number>;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/**
 * The values of a mask or a map, as they are.
 *
 * @param argument the caller's argument, named in errors
 * @throws ArgumentError when there are not two dimensions, or as many values as the size says
 */
export function readGrid(mask: MaskImage, argument: string): Grid {
  if ("shape" in mask) {
    const [height, width] = mask.shape;
    if (mask.shape.length !== 2 || height === undefined || width === undefined) {
      throw new ArgumentError(argument, `has shape [${mask.shape}]; expected [height, width]`);
    }
    return { values: rowMajor(mask as NdArray<Float32Array>), height, width };
  }
  const { data, height, width } = mask;
  if (data.length !== height * width) {
    throw new ArgumentError(
      argument,
      `has ${data.length} values; expected height ${height} x width ${width} = ${height * width}`,
    );
  }
  return { values: data, height, width };
}

/** The size of a mask or a map, for errors. */
export const sizeOf = ({ height, width }: Pick<Grid, "height" | "width">): string =>
  `height ${height}, width ${width}`;
