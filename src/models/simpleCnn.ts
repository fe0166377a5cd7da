import type { LayersModel } from "@tensorflow/tfjs-layers";
import { checkPositiveIntegers, checkShare } from "./checkOptions.js";
import { type ImageClassifierOptions, imageClassifier, imageInput } from "./imageClassifier.js";
import { layerKit } from "./layerKit.js";

/** Size and blocks of a {@link simpleCnn}. */
export interface SimpleCnnOptions extends ImageClassifierOptions {
  /** Filters of each block's convolution; [16, 32, 64, 128] by default. */
  readonly filters?: readonly number[];
  /** Rows and columns of the convolutions; 7 by default. */
  readonly kernelSize?: number;
  /** "valid" (no padding, the default) or "same". */
  readonly padding?: "valid" | "same";
  /** Share of the pooled features dropped in training, in [0, 1); 0.2 by default. */
  readonly dropout?: number;
  /**
   * Share that the moving statistics of batch normalisation keep at each step, in [0, 1); 0.99 by default, less for
   * short runs.
   */
  readonly momentum?: number;
}

/**
 * A small convolutional network. Each block is a convolution with relu, 2 x 2 max pooling and batch normalisation; then
 * global average pooling, dropout and a head that gives logits [batch, classes]. By default, four blocks of 7 x 7
 * convolutions, which need images of at least 106 x 106 pixels; `padding: "same"` or a smaller kernel takes smaller ones.
 * Any size above that works, odd ones and oblong ones too.
 *
 * @returns a model for [batch, height, width, channels], with its contract
 * @throws ArgumentError for an image too small for the blocks (it names the smallest size), or an option out of range
 */
export function simpleCnn(options: SimpleCnnOptions): LayersModel {
  const {
    filters = [16, 32, 64, 128],
    kernelSize = 7,
    padding = "valid",
    dropout = 0.2,
    momentum = 0.99,
    seed = 0,
  } = options;
  checkPositiveIntegers("filters", filters);
  checkPositiveIntegers("kernelSize", [kernelSize]);
  checkShare("dropout", dropout);
  checkShare("momentum", momentum);
  const lost = padding === "valid" ? kernelSize - 1 : 0;
  const smallest = filters.reduce((size) => 2 * size + lost, 1);
  const image = imageInput(
    options,
    smallest,
    'give larger images, padding "same", a smaller kernelSize or fewer filters',
  );

  const kit = layerKit({ seed, momentum, epsilon: 1e-3 });
  let x = image;
  filters.forEach((count, i) => {
    const name = `block${i + 1}`;
    x = kit.convolve(`${name}_conv`, x, count, kernelSize, { padding, useBias: true, activation: "relu" });
    x = kit.maxPool(`${name}_pool`, x, 2);
    x = kit.normalize(`${name}_bn`, x);
  });
  x = kit.dropout("dropout", kit.globalAverage("avg_pool", x), dropout);
  return imageClassifier("simpleCnn", options, image, x);
}
