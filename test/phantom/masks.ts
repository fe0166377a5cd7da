import type { NdArray } from "ndarray";

/** How many pixels of a mask are set. */
export const area = (mask: NdArray<Uint8Array>): number => mask.data.reduce((sum, value) => sum + value, 0);

/** How many pixels are set in both masks. */
export const shared = (a: NdArray<Uint8Array>, b: NdArray<Uint8Array>): number =>
  a.data.reduce((sum, value, i) => sum + value * b.data[i]!, 0);

/** Rows or columns (as shares of the film's side) of the first and last pixel, and of the centre of mass. */
export function extent(mask: NdArray<Uint8Array>, axis: "rows" | "columns") {
  const size = mask.shape[0]!;
  const places: number[] = [];
  mask.data.forEach((value, i) => {
    if (value === 1) places.push(axis === "rows" ? Math.floor(i / size) : i % size);
  });
  const centre = places.reduce((sum, place) => sum + place, 0) / places.length;
  return {
    first: places.reduce((a, b) => Math.min(a, b)) / size,
    last: places.reduce((a, b) => Math.max(a, b)) / size,
    centre: centre / size,
  };
}

/** The mask with every pixel that lies within `reach` rows and columns of it. */
export function dilated(mask: NdArray<Uint8Array>, reach: number): Uint8Array {
  const size = mask.shape[0]!;
  const result = new Uint8Array(size * size);
  mask.data.forEach((value, i) => {
    if (value === 0) return;
    const row = Math.floor(i / size);
    const column = i % size;
    for (let y = Math.max(0, row - reach); y <= Math.min(size - 1, row + reach); y++) {
      for (let x = Math.max(0, column - reach); x <= Math.min(size - 1, column + reach); x++) {
        result[y * size + x] = 1;
      }
    }
  });
  return result;
}
