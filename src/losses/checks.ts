import { type Tensor, util } from "@tensorflow/tfjs-core";
import { ArgumentError } from "../errors.js";

/** One weight a class, or nothing where none was given. */
export type ClassWeights = Float32Array | undefined;

/** @throws ArgumentError for a weight that is negative or not finite */
export function checkedWeights(name: string, weights: ArrayLike<number> | undefined): ClassWeights {
  if (weights === undefined) return undefined;
  return Float32Array.from(weights, (weight, c) => {
    if (weight >= 0 && Number.isFinite(weight)) return weight;
    throw new ArgumentError(
      `options.${name}`,
      `weight ${c} is ${weight}; expected a finite number, at least 0 (0 leaves it out)`,
    );
  });
}

/** @throws ArgumentError for two lists that are there and differ in length; the second is to blame */
export function assertSameLength(
  [firstName, first]: readonly [string, ClassWeights],
  [secondName, second]: readonly [string, ClassWeights],
): void {
  if (first && second && first.length !== second.length) {
    throw new ArgumentError(
      `options.${secondName}`,
      `has ${second.length} weights where options.${firstName} has ${first.length}; expected one a class in both`,
    );
  }
}

/** @throws ArgumentError unless `holds`; `expected` says what an option has to be */
export function assertOption(name: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new ArgumentError(`options.${name}`, `is ${value}; expected ${expected}`);
}

/** @throws ArgumentError for an option that is negative or not finite */
export function assertAtLeastZero(name: string, value: number): void {
  assertOption(name, value, value >= 0 && Number.isFinite(value), "a finite number of at least 0");
}

/** @throws ArgumentError for an option that is 0, negative or not finite */
export function assertAboveZero(name: string, value: number): void {
  assertOption(name, value, value > 0 && Number.isFinite(value), "a finite number above 0");
}

/** @throws ArgumentError for an option that is negative, 1 or more */
export function assertBelowOne(name: string, value: number): void {
  assertOption(name, value, value >= 0 && value < 1, "a number of at least 0 and below 1");
}

/** @throws ArgumentError for an option that is no fraction, 0 and 1 included */
export function assertFraction(name: string, value: number): void {
  assertOption(name, value, value >= 0 && value <= 1, "a number from 0 to 1");
}

/**
 * How many classes labels and predictions have.
 *
 * @throws ArgumentError when the two differ in shape, have no classes, or have others than the weights
 */
export function checkedClasses(yTrue: Tensor, yPred: Tensor, ...lists: readonly ClassWeights[]): number {
  const classes = yPred.shape.at(-1);
  if (classes === undefined || classes === 0 || !util.arraysEqual(yTrue.shape, yPred.shape)) {
    throw new ArgumentError(
      "yPred",
      `has shape [${yPred.shape}] where yTrue has [${yTrue.shape}]; expected the same [batch, ..., classes] for both`,
    );
  }
  const other = lists.find((weights) => weights && weights.length !== classes);
  if (other) {
    throw new ArgumentError(
      "yPred",
      `has ${classes} classes (shape [${yPred.shape}]) for ${other.length} weights; expected one weight a class`,
    );
  }
  return classes;
}
