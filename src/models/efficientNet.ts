import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers, checkShare } from "./checkOptions.js";
import type { FeatureStage } from "./contract.js";
import { type EncoderOptions, encoderOrClassifier, imageInput } from "./imageClassifier.js";
import { layerKit } from "./layerKit.js";

/** A group of inverted residual blocks of {@link efficientNet}. */
export interface EfficientNetBlock {
  /** Rows and columns of the depthwise convolution: 3 or 5, or another odd number. */
  readonly kernelSize: number;
  /** How many blocks. */
  readonly repeats: number;
  /** Filters that each block gives. */
  readonly filters: number;
  /** How many times as many filters the inside of a block has. */
  readonly expansion: number;
  /** Step of the first block: 1, or 2, which halves the maps. */
  readonly strides: 1 | 2;
}

const b0: readonly EfficientNetBlock[] = [
  { kernelSize: 3, repeats: 1, filters: 16, expansion: 1, strides: 1 },
  { kernelSize: 3, repeats: 2, filters: 24, expansion: 6, strides: 2 },
  { kernelSize: 5, repeats: 2, filters: 40, expansion: 6, strides: 2 },
  { kernelSize: 3, repeats: 3, filters: 80, expansion: 6, strides: 2 },
  { kernelSize: 5, repeats: 3, filters: 112, expansion: 6, strides: 1 },
  { kernelSize: 5, repeats: 4, filters: 192, expansion: 6, strides: 2 },
  { kernelSize: 3, repeats: 1, filters: 320, expansion: 6, strides: 1 },
];

/** Which {@link efficientNet}: a published one by its name, or one of your own by its blocks. */
export interface EfficientNetOptions extends EncoderOptions {
  /** A published network; "B0", the only one here, by default. It excludes the next three. */
  readonly variant?: "B0";
  /** Groups of blocks; B0's by default. */
  readonly blocks?: readonly EfficientNetBlock[];
  /** Filters of the first convolution; 32 by default. */
  readonly initialFilters?: number;
  /** Filters of the last convolution; 1280 by default. */
  readonly topFilters?: number;
  /** Share of the pooled features dropped in training, in [0, 1); 0.2 by default. */
  readonly dropout?: number;
  /**
   * Share of samples for which a block is left out in training, in [0, 1): of the last block; it grows to that from 0 at
   * the first. 0.2 by default.
   */
  readonly dropConnect?: number;
}

/**
 * EfficientNet (Tan and Le, ICML 2019): inverted residual blocks with squeeze and excitation, swish, and stochastic depth
 * whose masks follow from the seed. Layers, their names, padding and epsilon are those of
 * `keras.applications.efficientnet`, so that its weights fit by layer name; its rescaling and normalisation layers are
 * left out, since the normalisation of the contract does their work. First weights are normal with variance
 * 2 / fan-out, as in the published code.
 *
 * The last feature maps are the output of `top_activation`, for B0 [batch, height / 32, width / 32, 1280], rounded up;
 * `avg_pool` pools them, and the head `predictions` gives logits [batch, classes]. Without `classes` the maps themselves
 * are the output. Stages for decoders: what each convolution that halves the maps takes (`block2a_expand_activation`,
 * `block3a_expand_activation`, ...: the wide maps, as Keras users' U-Nets take them), and `top_activation`. Every size
 * works, odd and oblong ones too.
 *
 * @returns a model for [batch, height, width, channels], with its contract
 * @throws ArgumentError for an option out of range, or `variant` together with a shape of your own
 */
export function efficientNet(options: EfficientNetOptions): LayersModel {
  const { variant, initialFilters = 32, topFilters = 1280, momentum = 0.99, seed = 0 } = options;
  const { blocks = b0, dropout = 0.2, dropConnect = 0.2 } = options;
  const own = [options.blocks, options.initialFilters, options.topFilters].some(
    (value) => value !== undefined,
  );
  if (own && variant !== undefined) {
    throw new ArgumentError(
      "options.variant",
      "names a published network; leave it out to set blocks or filters",
    );
  }
  if (!own && variant !== undefined && variant !== "B0") {
    throw new ArgumentError("options.variant", `is ${variant}; expected "B0", or blocks of your own`);
  }
  checkBlocks(blocks);
  checkPositiveIntegers("initialFilters", [initialFilters]);
  checkPositiveIntegers("topFilters", [topFilters]);
  for (const [option, share] of Object.entries({ momentum, dropout, dropConnect })) checkShare(option, share);
  const image = imageInput(options, 1, "give larger images");

  const kit = layerKit({ seed, momentum, epsilon: 1e-3, initializer: "heNormalFanOut" });
  const stages: FeatureStage[] = [];
  const stage = (x: SymbolicTensor) => {
    const level = stages.length + 1;
    stages.push({ name: `stage${level}`, layer: x.sourceLayer.name, reduction: 2 ** level });
  };
  const all = blocks.reduce((sum, { repeats }) => sum + repeats, 0);
  let built = 0;
  const block = (name: string, input: SymbolicTensor, shape: EfficientNetBlock, strides: 1 | 2) => {
    const { kernelSize, filters, expansion } = shape;
    const inputs = input.shape[3]!;
    const inside = inputs * expansion;
    let x = input;
    if (expansion > 1) {
      x = kit.normalize(`${name}_expand_bn`, kit.convolve(`${name}_expand_conv`, x, inside, 1));
      x = kit.swish(`${name}_expand_activation`, x);
    }
    if (strides === 2) {
      stage(x);
      x = kit.pad(`${name}_dwconv_pad`, x, borderBeforeHalving(x, kernelSize));
    }
    const padding = strides === 2 ? "valid" : "same";
    x = kit.convolveDepthwise(`${name}_dwconv`, x, kernelSize, { strides, padding });
    x = kit.swish(`${name}_activation`, kit.normalize(`${name}_bn`, x));
    let gate = kit.globalAverage(`${name}_se_squeeze`, x);
    gate = kit.reshape(`${name}_se_reshape`, gate, [1, 1, inside]);
    const squeezed = Math.max(1, Math.floor(inputs / 4));
    gate = kit.convolve(`${name}_se_reduce`, gate, squeezed, 1, { useBias: true, activation: "swish" });
    gate = kit.convolve(`${name}_se_expand`, gate, inside, 1, { useBias: true, activation: "sigmoid" });
    x = kit.multiply(`${name}_se_excite`, [x, gate]);
    x = kit.normalize(`${name}_project_bn`, kit.convolve(`${name}_project_conv`, x, filters, 1));
    if (strides === 2 || inputs !== filters) return x;
    const rate = (dropConnect * built) / all;
    if (rate > 0) x = kit.dropSamples(`${name}_drop`, x, rate);
    return kit.add(`${name}_add`, [x, input]);
  };

  let x = kit.pad("stem_conv_pad", image, borderBeforeHalving(image, 3));
  x = kit.convolve("stem_conv", x, initialFilters, 3, { strides: 2, padding: "valid" });
  x = kit.swish("stem_activation", kit.normalize("stem_bn", x));
  blocks.forEach((shape, b) => {
    for (let i = 0; i < shape.repeats; i++) {
      const name = `block${b + 1}${String.fromCharCode(97 + i)}`;
      x = block(name, x, shape, i === 0 ? shape.strides : 1);
      built++;
    }
  });
  x = kit.normalize("top_bn", kit.convolve("top_conv", x, topFilters, 1));
  x = kit.swish("top_activation", x);
  stage(x);
  const architecture = own ? "efficientNet" : "efficientNetB0";
  return encoderOrClassifier(architecture, options, image, x, stages, dropout);
}

/** Keras's `correct_pad`: one row or column less before than after where the size is even. */
function borderBeforeHalving(x: SymbolicTensor, kernelSize: number): [[number, number], [number, number]] {
  const border = Math.floor(kernelSize / 2);
  const sides = (size: number): [number, number] => [size % 2 === 0 ? border - 1 : border, border];
  return [sides(x.shape[1]!), sides(x.shape[2]!)];
}

function checkBlocks(blocks: readonly EfficientNetBlock[]): void {
  for (const field of ["repeats", "filters", "expansion", "kernelSize"] as const) {
    checkPositiveIntegers(
      `blocks.${field}`,
      blocks.map((block) => block[field]),
    );
  }
  blocks.forEach(({ kernelSize, strides }, b) => {
    if (kernelSize % 2 === 0) {
      throw new ArgumentError(`options.blocks[${b}].kernelSize`, `is ${kernelSize}; expected an odd number`);
    }
    if (strides !== 1 && strides !== 2) {
      throw new ArgumentError(`options.blocks[${b}].strides`, `is ${strides}; expected 1 or 2`);
    }
  });
}
