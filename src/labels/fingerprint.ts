/** What tells whether two image files hold one film, whatever their names. */
export interface ImageFingerprint {
  /** SHA-256 of the decoded pixels and their size, as hexadecimal digits: equal for equal pixels in any file format. */
  readonly pixels: string;
  /**
   * Bits of how the film looks, as hexadecimal digits, as many for all images that are compared; few bits differ between
   * near-duplicates. The library's `perceptualHash` makes 64 digits.
   */
  readonly perceptual: string;
}

/** Fingerprints by image id. */
export type Fingerprints = ReadonlyMap<string, ImageFingerprint>;
