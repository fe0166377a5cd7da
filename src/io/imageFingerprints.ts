import { createHash } from "node:crypto";
import { ArgumentError, isRadiolucentError } from "../errors.js";
import type { Image } from "../image.js";
import { perceptualHash } from "../images/perceptualHash.js";
import type { Dataset, Study } from "../labels/dataset.js";
import type { Fingerprints, ImageFingerprint } from "../labels/fingerprint.js";
import { rowMajor } from "../matrix.js";
import type { SkippedImage } from "../training/batch.js";
import { type MeasureOptions, measureImages } from "./measureImages.js";

/** Fingerprints of a dataset's images. */
export interface DatasetFingerprints {
  /** By image id; images that can't be decoded have none. */
  readonly fingerprints: Fingerprints;
  /** Images that can't be decoded, in the order of the studies. */
  readonly broken: readonly SkippedImage[];
}

/**
 * Fingerprints all images of a dataset, to find those that stand twice, or nearly: within it, or in two sets that ought
 * to be apart (`auditLeakage` takes them). A few images at a time are held.
 *
 * ```ts
 * const { fingerprints, broken } = await imageFingerprints(dataset);
 * fingerprints.get("00000013_000.png")?.pixels; // "9f2c..."
 * ```
 *
 * @throws ArgumentError for an image id that stands twice, a study without an image, an image with a value that is not
 *   finite, or a `concurrency` that is not a whole number above 0
 */
export async function imageFingerprints<S extends Study>(
  dataset: Pick<Dataset<S>, "studies" | "loadImage">,
  options: MeasureOptions = {},
): Promise<DatasetFingerprints> {
  checkUniqueIds(dataset.studies);
  const results = await measureImages(dataset, imageFingerprint, options);
  const fingerprints = new Map<string, ImageFingerprint>();
  const broken: SkippedImage[] = [];
  for (const [i, result] of results.entries()) {
    const { imageId } = dataset.studies[i]!;
    if (isRadiolucentError(result)) broken.push({ imageId, error: result });
    else fingerprints.set(imageId, result);
  }
  return { fingerprints, broken };
}

/**
 * Fingerprint of one image. `pixels` is equal for the same grey values in any file: a PNG in grey, the same in RGB with
 * equal channels, or with an alpha channel. It differs between an 8-bit and a 16-bit version and after any loss of
 * quality; `perceptual` hardly does.
 *
 * @throws ArgumentError when the image is empty or holds a value that is not finite
 */
export function imageFingerprint(image: Image): ImageFingerprint {
  return { pixels: pixelDigest(image), perceptual: perceptualHash(image) };
}

/** SHA-256 over kind, height, width and values of the pixels (in this machine's byte order): 64 hexadecimal digits. */
export function pixelDigest({ pixels }: Image): string {
  const values = rowMajor<Uint8Array | Uint16Array | Float32Array>(pixels);
  const kind = { Uint8Array: "8-bit", Uint16Array: "16-bit", Float32Array: "float" }[
    values[Symbol.toStringTag]
  ];
  return createHash("sha256")
    .update(`${kind} ${pixels.shape[0]} ${pixels.shape[1]}\n`)
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");
}

/** @throws ArgumentError for an image id that stands twice */
export function checkUniqueIds(studies: readonly Study[]): void {
  const seen = new Set<string>();
  for (const { imageId } of studies) {
    if (seen.has(imageId)) throw new ArgumentError("dataset", `the image id "${imageId}" stands twice`);
    seen.add(imageId);
  }
}
