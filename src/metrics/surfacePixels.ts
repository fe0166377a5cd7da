import type { Grid } from "./maskImage.js";

/**
 * The pixels inside that have a neighbour outside or beyond the image, of two masks of one size. A pixel unknown in either
 * mask is in no surface and makes none of its neighbours.
 *
 * @returns places row x width + column, ascending
 */
export function surfacesOf(a: Grid, b: Grid, connectivity: 4 | 8): readonly [Int32Array, Int32Array] {
  const [first, second] = [insideOf(a), insideOf(b)];
  const unknown = new Set([...first.unknown, ...second.unknown]);
  if (unknown.size === 0) {
    return [surfaceOf(first.inside, a, connectivity), surfaceOf(second.inside, b, connectivity)];
  }
  // Inside both masks, the unknown makes no surface of its neighbours; its own surface is dropped.
  const known = ({ inside }: typeof first): Int32Array => {
    const filled = inside.slice();
    for (const i of unknown) filled[i] = 1;
    return surfaceOf(filled, a, connectivity).filter((i) => !unknown.has(i));
  };
  return [known(first), known(second)];
}

/** Which pixels are inside (not 0), and the places of those that are unknown. */
function insideOf({ values }: Grid): { readonly inside: Uint8Array; readonly unknown: readonly number[] } {
  if (values instanceof Uint8Array) return { inside: values, unknown: [] };
  const inside = new Uint8Array(values.length);
  const unknown: number[] = [];
  for (let i = 0; i < inside.length; i++) {
    const value = values[i]!;
    if (value > 0.5) inside[i] = 1;
    else if (Number.isNaN(value)) unknown.push(i);
  }
  return { inside, unknown };
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
