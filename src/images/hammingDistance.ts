import { ones } from "../bits.js";
import { ArgumentError } from "../errors.js";

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
