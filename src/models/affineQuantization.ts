/** How bytes stand for numbers: value = byte * scale + least. */
export interface AffineScale {
  /** Step between two values, above 0. */
  readonly scale: number;
  /** What byte 0 stands for. */
  readonly least: number;
}

/** Numbers larger than this are not quantised: what bytes stand for might not be finite in float32. */
export const greatestQuantized = 1e38;

/**
 * The scale whose 256 values cover [least, greatest]. Where 0 lies between, one of them is exactly 0, as weights that
 * are 0 ought to stay so; the range then moves by at most half a step. Both numbers of the scale are float32 values. For a
 * single value it gives exactly that value.
 */
export function affineScale(least: number, greatest: number): AffineScale {
  if (least === greatest) return { scale: 1, least };
  const scale = roundedUp((greatest - least) / 255);
  if (least >= 0 || greatest < 0) return { scale, least };
  return { scale, least: -Math.round(-least / scale) * scale };
}

/** The byte for a number of the range. */
export function quantizedByte(value: number, { scale, least }: AffineScale): number {
  return Math.min(255, Math.max(0, Math.round((value - least) / scale)));
}

/** The number that a byte stands for, in float32. */
export function valueOfByte(byte: number, { scale, least }: AffineScale): number {
  return Math.fround(byte * scale + least);
}

/** Up to a float32 value of 16 significant bits, of which any multiple up to 255 is a float32 value too. */
function roundedUp(scale: number): number {
  const step = Math.max(2 ** (Math.floor(Math.log2(scale)) - 15), 2 ** -149);
  return Math.ceil(scale / step) * step;
}
