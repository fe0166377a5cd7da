import { ones } from "../bits.js";
import { ArgumentError } from "../errors.js";
import { randomStream } from "../random.js";

/** Bits that a chunk has at most; there are two to this power buckets. */
const chunkBits = 16;

/**
 * Calls `visit` for each pair i < j of fingerprints that differ in at most `maxDistance` bits, in no particular order.
 *
 * The bits are cut into m chunks of 16, numbered from 0. A pair within d bits differs in at most t(c) = floor((d - c) / m)
 * bits of some chunk c, and there in at most t(c) + t(c + 1) + 1 bits of this chunk and the next one, the first being next
 * to the last (pigeonring: Qin and Xiao, VLDB 2018, which sharpens multi-index hashing: Norouzi, Punjani and Fleet, CVPR
 * 2012). So only pairs with such a chunk are compared in full. Which bits make a chunk is mixed, since neighbouring bits of
 * a picture depend on each other. Where comparing all pairs costs less, that is done.
 *
 * @param fingerprints hexadecimal digits, as many in all
 * @throws ArgumentError for fingerprints of another form or length
 */
export function nearPairs(
  fingerprints: readonly string[],
  maxDistance: number,
  visit: (i: number, j: number, distance: number) => void,
): void {
  const count = fingerprints.length;
  const bits = 4 * (fingerprints[0]?.length ?? 0);
  const words = Math.ceil(bits / 32);
  const rows = parsed(fingerprints, words);
  const chunks = Math.ceil(bits / chunkBits);
  const radii = Array.from({ length: chunks }, (_, c) => Math.floor((maxDistance - c) / chunks));
  const masksOfRadius = new Map([...new Set(radii)].map((radius) => [radius, masksWithin(radius)]));
  const masks = radii.map((radius) => masksOfRadius.get(radius)!);

  const buckets = Math.min(count, 2 ** chunkBits);
  const pairsInBuckets = (count * count) / 2 ** (chunkBits + 1);
  const indexedCost = masks.reduce((cost, { length }) => cost + length * (buckets + pairsInBuckets), 0);
  if (indexedCost >= (count * count) / 2) {
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++) {
        const distance = distanceWithin(rows, i, j, words, maxDistance);
        if (distance <= maxDistance) visit(i, j, distance);
      }
    }
    return;
  }

  const keys = keysOf(rows, count, bits, words, chunks);
  const chunkDistance = (c: number, i: number, j: number) => ones(keys[c]![i]! ^ keys[c]![j]!);
  const foundBefore = (i: number, j: number, chunk: number): boolean => {
    for (let c = 0; c < chunk; c++) {
      const distance = chunkDistance(c, i, j);
      const next = (c + 1) % chunks;
      if (distance <= radii[c]! && distance + chunkDistance(next, i, j) <= radii[c]! + radii[next]! + 1)
        return true;
    }
    return false;
  };
  for (let c = 0; c < chunks; c++) {
    const { starts, order, used } = bucketed(keys[c]!);
    const next = (c + 1) % chunks;
    const nextKeys = keys[next]!;
    const sortedNext = Uint16Array.from(order, (row) => nextKeys[row]!);
    const both = radii[c]! + radii[next]! + 1;
    for (const mask of masks[c]!) {
      const left = both - ones(mask);
      for (const key of used) {
        const other = key ^ mask;
        if (other < key) continue;
        const end = starts[key + 1]!;
        const otherEnd = starts[other + 1]!;
        for (let a = starts[key]!; a < end; a++) {
          const nextOfA = sortedNext[a]!;
          for (let b = mask === 0 ? a + 1 : starts[other]!; b < otherEnd; b++) {
            if (ones(nextOfA ^ sortedNext[b]!) > left) continue;
            const i = Math.min(order[a]!, order[b]!);
            const j = Math.max(order[a]!, order[b]!);
            const distance = distanceWithin(rows, i, j, words, maxDistance);
            if (distance <= maxDistance && !foundBefore(i, j, c)) visit(i, j, distance);
          }
        }
      }
    }
  }
}

function parsed(fingerprints: readonly string[], words: number): Int32Array {
  const digits = fingerprints[0]?.length ?? 0;
  const rows = new Int32Array(fingerprints.length * words);
  fingerprints.forEach((text, i) => {
    if (text.length !== digits || !/^([0-9a-f]{2})+$/i.test(text)) {
      throw new ArgumentError(
        "fingerprints",
        `"${text}" is not ${digits} hexadecimal digits as the first one is; expected an even number, the same for all`,
      );
    }
    for (let w = 0; w < words; w++) rows[i * words + w] = Number.parseInt(text.slice(8 * w, 8 * w + 8), 16);
  });
  return rows;
}

/** All numbers of 16 bits with at most `radius` ones; none for a radius below 0. */
function masksWithin(radius: number): number[] {
  if (radius < 0) return [];
  return Array.from({ length: 2 ** chunkBits }, (_, mask) => mask).filter((mask) => ones(mask) <= radius);
}

/** The chunks of each fingerprint: an array a chunk. */
function keysOf(rows: Int32Array, count: number, bits: number, words: number, chunks: number): Uint16Array[] {
  const order = randomStream("nearPairs").shuffle(Array.from({ length: bits }, (_, bit) => bit));
  return Array.from({ length: chunks }, (_, c) => {
    const own = order.filter((__, at) => at % chunks === c);
    const keys = new Uint16Array(count);
    for (let i = 0; i < count; i++) {
      let key = 0;
      for (const bit of own) key = 2 * key + ((rows[i * words + (bit >> 5)]! >>> (bit & 31)) & 1);
      keys[i] = key;
    }
    return keys;
  });
}

/** Indices sorted by key: those of `key` stand from `starts[key]` up to `starts[key + 1]`. */
function bucketed(keys: Uint16Array) {
  const starts = new Uint32Array(2 ** chunkBits + 1);
  for (const key of keys) starts[key + 1]!++;
  for (let key = 0; key < 2 ** chunkBits; key++) starts[key + 1]! += starts[key]!;
  const used = [...new Set(keys)];
  const next = starts.slice();
  const order = new Uint32Array(keys.length);
  keys.forEach((key, i) => {
    order[next[key]!++] = i;
  });
  return { starts, order, used };
}

/** How many bits of two rows differ, or some number above `most`. */
function distanceWithin(rows: Int32Array, i: number, j: number, words: number, most: number): number {
  let distance = 0;
  for (let w = 0; w < words && distance <= most; w++)
    distance += ones(rows[i * words + w]! ^ rows[j * words + w]!);
  return distance;
}
