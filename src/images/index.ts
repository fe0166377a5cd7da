/**
 * Images outside tensors: windowing, contrast, normalising, cropping, resizing, augmentation, masks and run lengths, boxes,
 * fingerprints, quality and overlays.
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
export type { Image, Mask } from "../image.js";
export { applyLungMask, type LungMaskOptions } from "./applyLungMask.js";
export { applyWindow, type WindowOptions } from "./applyWindow.js";
export {
  type AugmentedSample,
  applyAugmentation,
  augment,
  type BorderOptions,
  type ImageSample,
} from "./augment.js";
export {
  type Augmentation,
  type AugmentationOptions,
  drawAugmentation,
  noAugmentation,
} from "./augmentation.js";
export { type Box, scaleBox } from "./box.js";
export { type CroppedImage, cropImage, cropMask, cropPadding } from "./crop.js";
export { dilateMask } from "./dilateMask.js";
export { type AdaptiveHistogramOptions, equalizeAdaptiveHistogram } from "./equalizeAdaptiveHistogram.js";
export { type DecodedPixels, greyImage } from "./greyImage.js";
export { hammingDistance } from "./hammingDistance.js";
export { type Colormap, heatColormap } from "./heatColormap.js";
export { type ImageQuality, imageQuality } from "./imageQuality.js";
export type { InputFormat } from "./inputFormat.js";
export { invertImage } from "./invertImage.js";
export { type ImageSize, thresholdMask, unionMasks } from "./mask.js";
export { boxesToMask, type MaskPart, maskBounds, maskToBoxes } from "./maskBoxes.js";
export type { Normalization } from "./normalization.js";
export { outlineMask, overlayHeatmap, veilMask } from "./overlay.js";
export { perceptualHash } from "./perceptualHash.js";
export { type PixelStatistics, pixelStatistics } from "./pixelStatistics.js";
export type { Preprocessing } from "./preprocessing.js";
export { resizeImage } from "./resizeImage.js";
export { resizeMask } from "./resizeMask.js";
export { fitBox, resizeMaskWithPad, resizeWithPad } from "./resizeWithPad.js";
export { decodeRle, detectRleStarts, encodeRle, type RleStarts } from "./runLengths.js";
export { normalize, standardize } from "./standardize.js";
export type { Border } from "./warp.js";
export { writeChannels } from "./writeChannels.js";
