import type { Image, Mask } from "../image.js";

/** A change to images before they are resized, such as cropping or evening out their histograms. */
export interface Preprocessing {
  /**
   * Names the change with all its settings: a cache takes images of one key for the same, and a model that was trained with
   * it refuses images of another. Not empty.
   */
  readonly key: string;
  /** Makes the changed image; the same for the same image. */
  readonly apply: (image: Image) => Image;
  /** Moves a mask as `apply` moves its image, such as `resizeMaskWithPad`; needed where batches hold masks. */
  readonly applyToMask?: (mask: Mask) => Mask;
}
