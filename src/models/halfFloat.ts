const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);

/**
 * A number as IEEE 754 half precision in 16 bits, rounded to the nearest, ties to even. Beyond 65504 by half a step or
 * more it is infinite; NaN stays NaN.
 */
export function halfOf(value: number): number {
  single[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundHalfEven(Math.abs(single[0]!) * 2 ** 24);
  // The exponent counts from 15 instead of 127, and 13 of the fraction's bits go; a carry runs into the exponent.
  const rebiased = magnitude - 0x38000000;
  return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
}

/** The 32 bits of the float that 16 bits of half precision stand for; NaN keeps its payload. */
export function bitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half, fraction * 2^-24, is a normal float.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}

/** The number that 16 bits of half precision stand for. */
export function valueOfHalf(half: number): number {
  bits[0] = bitsOfHalf(half);
  return single[0]!;
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
