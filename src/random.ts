/**
 * Seeded streams of random numbers: the same seed gives the same numbers on every platform and backend.
 *
 * ```ts
 * const random = randomStream(7);
 * const order = random.shuffle([0, 1, 2, 3]);
 * const noise = random.fork("noise"); // an independent stream; using it does not move `random`
 * ```
 *
 * @module
 */

/** A reproducible stream of random numbers. */
export interface RandomStream {
  /** The next number, uniform in [0, 1), a multiple of 2^-32. */
  uniform(): number;
  /** The next whole number, uniform in [0, below). */
  integer(below: number): number;
  /** The next number of a normal distribution with mean 0 and standard deviation 1. */
  normal(): number;
  /** Shuffles an array in place (Fisher-Yates) and returns it. */
  shuffle<T>(items: T[]): T[];
  /** A stream of its own that depends on this stream's seed and the key only, not on what was drawn so far. */
  fork(key: string | number): RandomStream;
}

/**
 * Makes a stream from a seed. Generator: sfc32 (Doty-Humphrey, PractRand), 128 bits of state, filled from a
 * 32-bit FNV-1a hash chain of the seed.
 *
 * @param seed any number or text; 1 and "1" give the same stream
 */
export function randomStream(seed: number | string): RandomStream {
  const name = String(seed);
  let a = hash(name, 0x9e3779b9);
  let b = hash(name, 0x243f6a88);
  let c = hash(name, 0xb7e15162);
  let counter = 1;

  const bits = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 16; i++) bits();

  const uniform = (): number => bits() / 4294967296;
  const integer = (below: number): number => Math.floor(uniform() * below);
  return {
    uniform,
    integer,
    normal() {
      // Box-Muller; 1 - u keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const swapped = items[i]!;
        items[i] = items[j]!;
        items[j] = swapped;
      }
      return items;
    },
    fork: (key) => randomStream(`${name}/${key}`),
  };
}

function hash(text: string, basis: number): number {
  let h = basis;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
