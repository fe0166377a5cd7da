import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers, checkShare } from "./checkOptions.js";
import type { FeatureStage } from "./contract.js";
import { type EncoderOptions, encoderOrClassifier, imageInput } from "./imageClassifier.js";
import { layerKit } from "./layerKit.js";

const publishedBlocks = {
  121: [6, 12, 24, 16],
  169: [6, 12, 32, 32],
  201: [6, 12, 48, 32],
} as const;

/** Which {@link denseNet}: a published one by its depth, or one of your own by its blocks. */
export interface DenseNetOptions extends EncoderOptions {
  /** A published network; 121 by default. It excludes the next three. */
  readonly depth?: 121 | 169 | 201;
  /** Dense layers of each block; [6, 12, 24, 16] by default. */
  readonly blocks?: readonly number[];
  /** Feature maps that each dense layer adds; 32 by default. */
  readonly growthRate?: number;
  /** Filters of the first convolution; 64 by default. */
  readonly initialFilters?: number;
}

/**
 * DenseNet-BC (Huang et al., CVPR 2017): bottlenecks of four times the growth rate, compression by a half. Layers,
 * their names, padding and epsilon are those of `keras.applications.densenet` (Keras 2), so that its weights fit by
 * layer name. The last feature maps are the output of `relu`, with four blocks about [batch, height / 32, width / 32,
 * channels]; `avg_pool` pools them, and the head `predictions` gives logits [batch, classes]. Without `classes` the maps
 * themselves are the output. Stages for decoders: the stem, each transition before its convolution, and `relu`.
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

  const kit = layerKit({ seed, momentum, epsilon: 1.001e-5 });
  const stages: FeatureStage[] = [];
  const stage = (layer: string) => {
    const level = stages.length + 1;
    stages.push({ name: `stage${level}`, layer, reduction: 2 ** level });
  };
  let x = kit.pad("zero_padding2d", image, 3);
  x = kit.convolve("conv1/conv", x, initialFilters, 7, { strides: 2, padding: "valid" });
  x = kit.relu("conv1/relu", kit.normalize("conv1/bn", x));
  stage("conv1/relu");
  x = kit.pad("zero_padding2d_1", x, 1);
  x = kit.maxPool("pool1", x, 3, 2);
  blocks.forEach((count, b) => {
    if (b > 0) {
      const name = `pool${b + 1}`;
      x = kit.relu(`${name}_relu`, kit.normalize(`${name}_bn`, x));
      stage(`${name}_relu`);
      x = kit.convolve(`${name}_conv`, x, Math.floor(x.shape[3]! / 2), 1);
      x = kit.averagePool(`${name}_pool`, x, 2);
    }
    for (let i = 1; i <= count; i++) {
      const name = `conv${b + 2}_block${i}`;
      let added = kit.relu(`${name}_0_relu`, kit.normalize(`${name}_0_bn`, x));
      added = kit.convolve(`${name}_1_conv`, added, 4 * growthRate, 1);
      added = kit.relu(`${name}_1_relu`, kit.normalize(`${name}_1_bn`, added));
      added = kit.convolve(`${name}_2_conv`, added, growthRate, 3);
      x = kit.concatenate(`${name}_concat`, [x, added]);
    }
  });
  x = kit.relu("relu", kit.normalize("bn", x));
  stage("relu");
  return encoderOrClassifier(own ? "denseNet" : `denseNet${depth ?? 121}`, options, image, x, stages);
}
