import { randomStream } from "../random.js";
import type { Predictions } from "./predict.js";

/** The split that something was made on. */
interface Origin {
  /** Its name. */
  readonly split: string;
  /** {@link fingerprintOf} its studies; undefined where they are not known. */
  readonly fingerprint: string | undefined;
}

/**
 * Whether something was made on the very images of some predictions, or on a split of that name; undefined where the two are
 * apart, as far as can be seen, or there is no image.
 */
export function samplesUsed(
  origin: Origin,
  { studies }: Pick<Predictions, "studies">,
  split: string | undefined,
): "same-samples" | "same-split" | undefined {
  if (studies.length === 0) return undefined;
  if (origin.fingerprint === fingerprintOf(studies)) return "same-samples";
  return split === origin.split ? "same-split" : undefined;
}

/** A short text that two lists of studies have in common when they hold the same images, in any order. */
export function fingerprintOf(studies: Predictions["studies"]): string {
  const sums = [0, 0];
  for (const { imageId } of studies) {
    const random = randomStream(imageId);
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i]! + random.integer(2 ** 32)) % 2 ** 32;
  }
  return [studies.length, ...sums].map((part) => part.toString(16)).join("-");
}
