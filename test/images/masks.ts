import { readFileSync } from "node:fs";
import fc from "fast-check";
import ndarray from "ndarray";
import type { Augmentation, Border, ImageSize, Mask, MaskPart, WindowOptions } from "radiolucent/images";

type Rows = readonly (readonly number[])[];

/** Values of scikit-image, SciPy, Pillow and pydicom; test/fixtures/masksAndWarps.py writes them. */
export const reference: {
  readonly dilations: readonly { readonly mask: Rows; readonly radius: number; readonly dilated: Rows }[];
  readonly resizes: readonly { readonly mask: Rows; readonly resized: Rows }[];
  readonly components: readonly {
    readonly mask: Rows;
    readonly connectivity: 4 | 8;
    readonly parts: MaskPart[];
  }[];
  readonly warps: {
    readonly pixels: Rows;
    readonly mask: Rows;
    readonly fill: number;
    readonly cases: readonly {
      readonly border: Border;
      readonly change: Partial<Augmentation>;
      readonly image: Rows;
      readonly mask: Rows;
    }[];
  };
  readonly windows: {
    readonly values: readonly number[];
    readonly cases: readonly { readonly options: WindowOptions; readonly windowed: readonly number[] }[];
  };
} = JSON.parse(readFileSync(new URL("../fixtures/masksAndWarps.json", import.meta.url), "utf8"));

/** A mask of rows of 0 and 1. */
export const maskOfRows = (rows: Rows): Mask =>
  ndarray(Uint8Array.from(rows.flat()), [rows.length, rows[0]!.length]);

/** A mask drawn with a dot for outside and anything else for inside. */
export const drawn = (...lines: readonly string[]): Mask =>
  maskOfRows(lines.map((line) => Array.from(line, (sign) => (sign === "." ? 0 : 1))));

/** The rows of a mask. */
export const rowsOf = (mask: Mask): number[][] =>
  Array.from({ length: mask.shape[0]! }, (_, y) =>
    Array.from({ length: mask.shape[1]! }, (_, x) => mask.get(y, x)),
  );

/** How many pixels are inside. */
export const area = (mask: Mask): number => rowsOf(mask).flat().filter(Boolean).length;

/** Sizes of small images. */
export const anySize: fc.Arbitrary<ImageSize> = fc.record({
  width: fc.integer({ min: 1, max: 17 }),
  height: fc.integer({ min: 1, max: 17 }),
});

/** Small masks of all densities. */
export const anyMask: fc.Arbitrary<Mask> = anySize.chain(({ width, height }) =>
  fc
    .array(fc.integer({ min: 0, max: 1 }), { minLength: width * height, maxLength: width * height })
    .map((values) => ndarray(Uint8Array.from(values), [height, width])),
);
