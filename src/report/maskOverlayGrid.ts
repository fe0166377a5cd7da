import { type Figure, type FigureTable, figure } from "./figure.js";
import { formatNumber } from "./format.js";
import { picturePanels } from "./pictureGrid.js";

/** A film with masks drawn over it. */
export interface MaskPicture {
  /** Which image. */
  readonly imageId: string;
  /** Name of the mask, such as "Lungs". */
  readonly mask: string;
  /** Dice coefficient of the predicted and the true mask; NaN where there is no true one, or both are empty. */
  readonly dice: number;
  /** The picture, as a PNG file's bytes. */
  readonly png: Uint8Array;
}

/**
 * Films with their masks, side by side, each under its Dice coefficient: what was predicted as a veil, the true mask as an
 * outline, as `maskPictures` draws them.
 *
 * @param pictures from `maskPictures`, or made in a browser
 * @param options `columns`: pictures in a row; default 4
 * @throws ArgumentError for a picture that is no PNG
 */
export function maskOverlayGrid(
  pictures: readonly MaskPicture[],
  { columns = 4 }: { readonly columns?: number } = {},
): Figure {
  const panels = picturePanels(
    pictures.map(({ imageId, mask, dice, png }) => ({
      title: mask,
      lines: [`Dice ${formatNumber(dice)}`, imageId],
      png,
    })),
  );
  return figure("Masks over the films", panels, maskTable(pictures), { columns });
}

/** What pictures of {@link maskOverlayGrid} show. */
export function maskTable(pictures: readonly MaskPicture[]): FigureTable {
  return {
    columns: ["image", "mask", "Dice coefficient"],
    rows: pictures.map(({ imageId, mask, dice }) => [imageId, mask, formatNumber(dice)]),
  };
}
