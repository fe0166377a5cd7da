import { readFileSync } from "node:fs";
import ndarray from "ndarray";
import type { Image } from "radiolucent/images";

interface Case {
  readonly pixels: number[][];
  readonly height: number;
  readonly width: number;
  readonly resized: number[][];
  readonly mean: number;
  readonly standardDeviation: number;
}

/** Values of Pillow and NumPy; test/fixtures/imagePixels.py writes them. */
export const reference: {
  readonly cases: readonly Case[];
  readonly pooled: { readonly mean: number; readonly standardDeviation: number; readonly pixels: number };
} = JSON.parse(readFileSync(new URL("../fixtures/imagePixels.json", import.meta.url), "utf8"));

/** An 8 bit film of the given rows. */
export function film(rows: readonly (readonly number[])[]): Image {
  return { pixels: ndarray(Uint8Array.from(rows.flat()), [rows.length, rows[0]!.length]), range: [0, 255] };
}
