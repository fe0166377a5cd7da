import { type LayersModel, layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { applyLayer } from "./applyLayer.js";
import { checkPositiveIntegers, checkShare } from "./checkOptions.js";
import { type ImageClassifierOptions, imageClassifier, imageInput } from "./imageClassifier.js";
import { seededGlorotUniform } from "./seededGlorotUniform.js";

const publishedBlocks = {
  121: [6, 12, 24, 16],
  169: [6, 12, 32, 32],
  201: [6, 12, 48, 32],
} as const;

/** Which {@link denseNet}: a published one by its depth, or one of your own by its blocks. */
export interface DenseNetOptions extends ImageClassifierOptions {
  /** A published network; 121 by default. It excludes the next three. */
  readonly depth?: 121 | 169 | 201;
  /** Dense layers of each block; [6, 12, 24, 16] by default. */
  readonly blocks?: readonly number[];
  /** Feature maps that each dense layer adds; 32 by default. */
  readonly growthRate?: number;
  /** Filters of the first convolution; 64 by default. */
  readonly initialFilters?: number;
  /**
   * Share that the moving statistics of batch normalisation keep at each step, in [0, 1); 0.99 by default, less for
   * short runs.
   */
  readonly momentum?: number;
}

/**
 * DenseNet-BC (Huang et al., CVPR 2017): bottlenecks of four times the growth rate, compression by a half. Layers,
 * their names, padding and epsilon are those of `keras.applications.densenet` (Keras 2), so that its weights fit by
 * layer name. The last feature maps are the output of `relu`, with four blocks about [batch, height / 32, width / 32,
 * channels]; `avg_pool` pools them, and the head `predictions` gives logits [batch, classes].
 *
 * With four blocks images need at least 29 x 29 pixels; odd and oblong sizes work.
 *
 * @returns a model for [batch, height, width, channels], with its contract
 * @throws ArgumentError for an image too small for the blocks (it names the smallest size), an option out of range, or
 * `depth` together with a shape of your own
 */
export function denseNet(options: DenseNetOptions): LayersModel {
  const { depth, growthRate = 32, initialFilters = 64, momentum = 0.99, seed = 0 } = options;
  const own = [options.blocks, options.growthRate, options.initialFilters].some(
    (value) => value !== undefined,
  );
  if (own && depth !== undefined) {
    throw new ArgumentError(
      "options.depth",
      "names a published network; leave it out to set blocks or filters",
    );
  }
  const blocks = options.blocks ?? publishedBlocks[depth ?? 121];
  if (blocks === undefined) {
    throw new ArgumentError("options.depth", `is ${depth}; expected 121, 169 or 201, or blocks of your own`);
  }
  checkPositiveIntegers("blocks", blocks);
  checkPositiveIntegers("growthRate", [growthRate]);
  checkPositiveIntegers("initialFilters", [initialFilters]);
  checkShare("momentum", momentum);
  // The stem halves twice, rounding up; each transition halves, rounding down.
  const smallest = 4 * (2 ** (blocks.length - 1) - 1) + 1;
  const image = imageInput(options, smallest, "give larger images or fewer blocks");

  const normalize = (name: string, x: SymbolicTensor) =>
    applyLayer(layers.batchNormalization({ name, momentum, epsilon: 1.001e-5 }), x);
  const relu = (name: string, x: SymbolicTensor) =>
    applyLayer(layers.activation({ name, activation: "relu" }), x);
  const pad = (name: string, border: number, x: SymbolicTensor) =>
    applyLayer(layers.zeroPadding2d({ name, padding: border }), x);
  const convolve = (name: string, filters: number, kernelSize: number, x: SymbolicTensor, strides = 1) =>
    applyLayer(
      layers.conv2d({
        name,
        filters,
        kernelSize,
        strides,
        // The 7 x 7 convolution follows a padding layer, 1 x 1 needs none.
        padding: kernelSize === 3 ? "same" : "valid",
        useBias: false,
        kernelInitializer: seededGlorotUniform(seed, name),
      }),
      x,
    );

  let x = pad("zero_padding2d", 3, image);
  x = convolve("conv1/conv", initialFilters, 7, x, 2);
  x = relu("conv1/relu", normalize("conv1/bn", x));
  x = pad("zero_padding2d_1", 1, x);
  x = applyLayer(layers.maxPooling2d({ name: "pool1", poolSize: 3, strides: 2 }), x);
  blocks.forEach((count, b) => {
    if (b > 0) {
      const name = `pool${b + 1}`;
      x = relu(`${name}_relu`, normalize(`${name}_bn`, x));
      x = convolve(`${name}_conv`, Math.floor(x.shape[3]! / 2), 1, x);
      x = applyLayer(layers.averagePooling2d({ name: `${name}_pool`, poolSize: 2 }), x);
    }
    for (let i = 1; i <= count; i++) {
      const name = `conv${b + 2}_block${i}`;
      let added = relu(`${name}_0_relu`, normalize(`${name}_0_bn`, x));
      added = convolve(`${name}_1_conv`, 4 * growthRate, 1, added);
      added = relu(`${name}_1_relu`, normalize(`${name}_1_bn`, added));
      added = convolve(`${name}_2_conv`, growthRate, 3, added);
      x = applyLayer(layers.concatenate({ name: `${name}_concat` }), [x, added]);
    }
  });
  x = relu("relu", normalize("bn", x));
  x = applyLayer(layers.globalAveragePooling2d({ name: "avg_pool" }), x);
  return imageClassifier(own ? "denseNet" : `denseNet${depth ?? 121}`, options, image, x);
}
