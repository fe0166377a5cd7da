import { ArgumentError } from "../errors.js";
import { type RandomStream, randomStream } from "../random.js";

/** What random numbers an image gets. */
export interface SeedOptions {
  /** Seed of all random numbers; 0 by default. */
  readonly seed?: number | string;
  /**
   * One key an image, such as its id: an image's random numbers depend on the seed and its key only, so it comes out the
   * same whatever else is in the batch. Default: its place in the batch, from 0.
   */
  readonly keys?: readonly (string | number)[];
}

/**
 * One stream an image.
 *
 * @throws ArgumentError unless there is a key for each image
 */
export function imageStreams({ seed = 0, keys }: SeedOptions, count: number): RandomStream[] {
  if (keys !== undefined && keys.length !== count) {
    throw new ArgumentError(
      "options.keys",
      `has ${keys.length} keys; expected one for each of ${count} images`,
    );
  }
  const stream = randomStream(seed);
  return Array.from({ length: count }, (_, i) => stream.fork(keys?.[i] ?? i));
}
