import { type Figure, type FigureTable, figure } from "./figure.js";
import { formatNumber } from "./format.js";
import { picturePanels } from "./pictureGrid.js";
import type { CamPicture } from "./reportInput.js";

/**
 * Pictures of where a model looks, side by side, each under its finding, what was predicted and what is known. The table
 * says the same, image by image.
 *
 * @param cams from `camPictures`, or made in a browser
 * @param options `columns`: pictures in a row; default 4
 * @throws ArgumentError for a picture that is no PNG
 */
export function camGrid(
  cams: readonly CamPicture[],
  { columns = 4 }: { readonly columns?: number } = {},
): Figure {
  const panels = picturePanels(
    cams.map((cam) => ({
      title: cam.finding,
      lines: [
        `predicted ${formatNumber(cam.probability)}, ${truthOf(cam)}`,
        cam.imageId,
        ...(cam.note === undefined ? [] : [cam.note]),
      ],
      png: cam.png,
    })),
  );
  return figure("Where the model looks", panels, camTable(cams), { columns });
}

/** What pictures of {@link camGrid} show. */
export function camTable(cams: readonly CamPicture[]): FigureTable {
  return {
    columns: ["image", "finding", "predicted probability", "label"],
    rows: cams.map((cam) => [cam.imageId, cam.finding, formatNumber(cam.probability), truthOf(cam)]),
  };
}

/** What is known of a finding. */
export function truthOf({ label }: Pick<CamPicture, "label">): string {
  if (Number.isNaN(label)) return "label unknown";
  return label === 1 ? "label present" : "label absent";
}
