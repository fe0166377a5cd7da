/**
 * Images outside tensors: normalising, resizing and overlays.
 *
 * ```ts
 * import ndarray from "ndarray";
 * import { resizeImage, standardize } from "radiolucent/images";
 * const film = { pixels: ndarray(new Uint8Array(1024 * 1024), [1024, 1024]), range: [0, 255] } as const;
 * const input = standardize(resizeImage(film, 224, 224)); // shape [224, 224]
 * ```
 *
 * @module
 */
export type { Image } from "../image.js";
export { type Colormap, heatColormap } from "./heatColormap.js";
export type { InputFormat } from "./inputFormat.js";
export type { Normalization } from "./normalization.js";
export { outlineMask, overlayHeatmap } from "./overlay.js";
export { type PixelStatistics, pixelStatistics } from "./pixelStatistics.js";
export { resizeImage } from "./resizeImage.js";
export { normalize, standardize } from "./standardize.js";
export { writeChannels } from "./writeChannels.js";
