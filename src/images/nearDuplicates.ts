import { ArgumentError } from "../errors.js";

/** Two images that look alike. */
export interface NearDuplicate {
  /** Place of the one in the list of fingerprints, from 0. */
  readonly first: number;
  /** Place of the other, after `first`. */
  readonly second: number;
  /** Bits that differ. */
  readonly distance: number;
}

/**
 * All pairs of fingerprints ({@link perceptualHash}) that differ in few bits. Every pair is looked at, some 50
 * million a second: all of ChestX-ray14 takes two minutes. Constant images are all alike; leave them out first.
 *
 * @param fingerprints hexadecimal digits, as many in each
 * @param options `distance` the most bits that may differ. Default 48, between copies and different films of NIH
 *   ChestX-ray14: see {@link perceptualHash}
 * @returns in the order of `first`, then of `second`
 * @throws ArgumentError when a fingerprint is not hexadecimal digits, as many in each and a multiple of 8, or the distance
 *   is not a number from 0
 */
export function nearDuplicates(
  fingerprints: readonly string[],
  { distance: most = 48 }: { readonly distance?: number } = {},
): NearDuplicate[] {
  if (!(most >= 0)) throw new ArgumentError("options.distance", `is ${most}; expected a number from 0`);
  const size = (fingerprints[0]?.length ?? 0) / 8;
  const words = new Int32Array(fingerprints.length * size);
  fingerprints.forEach((digits, i) => {
    const argument = `fingerprints[${i}]`;
    if (digits.length !== 8 * size) {
      throw new ArgumentError(argument, `has ${digits.length} digits and the first ${8 * size}`);
    }
    words.set(wordsOf(digits, argument), i * size);
  });
  const found: NearDuplicate[] = [];
  for (let first = 0; first < fingerprints.length; first++) {
    for (let second = first + 1; second < fingerprints.length; second++) {
      let distance = 0;
      for (let k = 0; k < size && distance <= most; k++) {
        distance += ones(words[first * size + k]! ^ words[second * size + k]!);
      }
      if (distance <= most) found.push({ first, second, distance });
    }
  }
  return found;
}

/**
 * How many bits of two fingerprints differ.
 *
 * @throws ArgumentError when they are not hexadecimal digits, as many in both and a multiple of 8
 */
export function hammingDistance(a: string, b: string): number {
  if (a.length !== b.length) {
    throw new ArgumentError("b", `has ${b.length} digits and a ${a.length}; expected as many`);
  }
  const words = wordsOf(a, "a");
  return wordsOf(b, "b").reduce((sum, word, k) => sum + ones(word ^ words[k]!), 0);
}

/** Eight digits a number. */
function wordsOf(digits: string, argument: string): number[] {
  if (!/^([0-9a-f]{8})+$/.test(digits)) {
    throw new ArgumentError(argument, `is "${digits}"; expected hexadecimal digits, a multiple of 8`);
  }
  return Array.from({ length: digits.length / 8 }, (_, k) =>
    Number.parseInt(digits.slice(8 * k, 8 * k + 8), 16),
  );
}

/** How many of 32 bits are 1: sums of pairs, of fours, of eights, and those of the bytes by a product. */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
