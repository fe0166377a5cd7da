import { diceOf, overlapCounts } from "../metrics/overlap.js";

/** How well masks of one name are found. */
export interface MaskOverlap {
  /** Name of the mask. */
  readonly name: string;
  /** Images whose mask is known. */
  readonly images: number;
  /** Mean Dice coefficient over those images; 1 where both masks are empty. NaN without an image. */
  readonly dice: number;
  /** Images whose mask is not empty. */
  readonly positives: number;
  /** Mean Dice coefficient over those. NaN without one. */
  readonly diceOfPositives: number;
}

/** Adds up Dice coefficients image by image, of masks cut at thresholds. */
export function diceTally(names: readonly string[], cuts: readonly number[]) {
  const sums = names.map(() => ({ images: 0, dice: 0, positives: 0, diceOfPositives: 0 }));
  return {
    /** Takes masks and predictions of one image, each of shape [pixels, masks]; a mask that is NaN is unknown. */
    add(masks: Float32Array, predictions: Float32Array): void {
      names.forEach((_, m) => {
        const pixels = masks.length / names.length;
        const column = (of: Float32Array) =>
          Float32Array.from({ length: pixels }, (_, p) => of[p * names.length + m]!);
        const mask = column(masks);
        if (mask.every(Number.isNaN) || Number.isNaN(cuts[m]!)) return;
        const counts = overlapCounts(
          mask,
          column(predictions).map((value) => Number(value >= cuts[m]!)),
        );
        const sum = sums[m]!;
        const dice = diceOf(counts, { bothEmpty: 1 });
        sum.images++;
        sum.dice += dice;
        if (counts.first === 0) return;
        sum.positives++;
        sum.diceOfPositives += dice;
      });
    },
    /** What was found so far, one for each name. */
    result: (): MaskOverlap[] =>
      sums.map(({ images, dice, positives, diceOfPositives }, m) => ({
        name: names[m]!,
        images,
        dice: dice / images,
        positives,
        diceOfPositives: diceOfPositives / positives,
      })),
  };
}
