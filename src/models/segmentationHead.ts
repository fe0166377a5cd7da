import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkClasses, checkPositiveIntegers } from "./checkOptions.js";
import { shapeText } from "./encoder.js";
import { layerKit } from "./layerKit.js";

/** What {@link segmentationHead} puts on a network. */
export interface SegmentationHeadOptions {
  /** Names of the masks, each once: one output channel each, in this order. */
  readonly masks: readonly string[];
  /** Name of the layer, by which the contract knows the head; "masks" by default. */
  readonly name?: string;
  /** Rows and columns of the convolution; 3 by default. */
  readonly kernelSize?: number;
  /** Seed of the initial weights; 0 by default. */
  readonly seed?: number;
}

/**
 * The last layer of a segmenter: a convolution that gives one logit a pixel and mask, of shape [batch, height, width,
 * masks]. Masks may overlap, so a mask's probability is the sigmoid of its logit; the sigmoid is not part of the model.
 *
 * @param maps shape [batch, height, width, channels], as large as the image
 * @throws ArgumentError for maps of another rank, no mask, a mask named twice, or a kernel size other than 1, 2, 3, ...
 */
export function segmentationHead(maps: SymbolicTensor, options: SegmentationHeadOptions): SymbolicTensor {
  const { masks, name = "masks", kernelSize = 3, seed = 0 } = options;
  if (maps.rank !== 4) {
    throw new ArgumentError(
      "maps",
      `has shape ${shapeText(maps)}; expected [batch, height, width, channels]`,
    );
  }
  checkClasses(masks, "options.masks");
  checkPositiveIntegers("kernelSize", [kernelSize]);
  return layerKit({ seed }).convolve(name, maps, masks.length, kernelSize, { useBias: true });
}
