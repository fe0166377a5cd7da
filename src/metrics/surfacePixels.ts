import type { Grid } from "./maskImage.js";

/**
 * The pixels inside that have a neighbour outside or beyond the image, of two masks of one size. A pixel unknown in either
 * mask is in no surface and makes none of its neighbours.
 *
 * @returns places row x width + column, ascending
 */
export function surfacesOf(a: Grid, b: Grid, connectivity: 4 | 8): readonly [Int32Array, Int32Array] {
  const unknown = unknownIn(a, b);
  const surface = (mask: Grid): Int32Array => {
    const inside = insideOf(mask);
    if (unknown === undefined) return surfaceOf(inside, mask, connectivity);
    // Inside both masks, the unknown makes no surface of its neighbours; its own surface is dropped.
    const filled = inside.map((value, i) => value | unknown[i]!);
    return surfaceOf(filled, mask, connectivity).filter((i) => unknown[i] === 0);
  };
  return [surface(a), surface(b)];
}

/** Which pixels are inside (not 0). */
function insideOf({ values }: Grid): Uint8Array {
  if (values instanceof Uint8Array) return values;
  const inside = new Uint8Array(values.length);
  for (let i = 0; i < inside.length; i++) if (values[i]! > 0.5) inside[i] = 1;
  return inside;
}

/** 1 for each pixel that is NaN in one of the masks; undefined where there is none. */
function unknownIn(...masks: readonly Grid[]): Uint8Array | undefined {
  let unknown: Uint8Array | undefined;
  for (const { values } of masks) {
    if (values instanceof Uint8Array) continue;
    for (let i = 0; i < values.length; i++) {
      if (!Number.isNaN(values[i]!)) continue;
      unknown ??= new Uint8Array(values.length);
      unknown[i] = 1;
    }
  }
  return unknown;
}

function surfaceOf(inside: Uint8Array, { height, width }: Grid, connectivity: 4 | 8): Int32Array {
  const aligned = width % 4 === 0 && inside.byteOffset % 4 === 0;
  const words = aligned ? new Int32Array(inside.buffer, inside.byteOffset, inside.length / 4) : undefined;
  const down = width / 4;
  const corners = connectivity === 8;
  const surface: number[] = [];
  for (let y = 0; y < height; y++) {
    const first = y * width;
    const last = first + width - 1;
    const edge = y === 0 || y === height - 1;
    for (let i = first; i <= last; i++) {
      if (words !== undefined && i % 4 === 0) {
        // Most pixels lie in fours that are outside, or enclosed, together.
        const word = i / 4;
        const four = words[word]!;
        const skipped =
          four === 0 ||
          (!edge &&
            !corners &&
            i !== first &&
            i + 3 !== last &&
            inside[i - 1] !== 0 &&
            inside[i + 4] !== 0 &&
            full(four) &&
            full(words[word - down]!) &&
            full(words[word + down]!));
        if (skipped) {
          i += 3;
          continue;
        }
      }
      if (inside[i] === 0) continue;
      const enclosed =
        !edge &&
        i !== first &&
        i !== last &&
        inside[i - 1] !== 0 &&
        inside[i + 1] !== 0 &&
        inside[i - width] !== 0 &&
        inside[i + width] !== 0 &&
        (!corners ||
          (inside[i - width - 1] !== 0 &&
            inside[i - width + 1] !== 0 &&
            inside[i + width - 1] !== 0 &&
            inside[i + width + 1] !== 0));
      if (!enclosed) surface.push(i);
    }
  }
  return Int32Array.from(surface);
}

/** Whether none of a word's four bytes is 0: only a byte of 0 borrows into its own highest bit. */
const full = (word: number): boolean => ((word - 0x01010101) & ~word & 0x80808080) === 0;
