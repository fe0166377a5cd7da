import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers, checkShare } from "./checkOptions.js";
import type { FeatureStage } from "./contract.js";
import { type EncoderOptions, encoderOrClassifier, imageInput } from "./imageClassifier.js";
import { type Initializer, layerKit } from "./layerKit.js";

const published = {
  18: { blocks: [2, 2, 2, 2], bottleneck: false },
  34: { blocks: [3, 4, 6, 3], bottleneck: false },
  50: { blocks: [3, 4, 6, 3], bottleneck: true },
} as const;

/** Which {@link resNet}: a published one by its depth, or one of your own by its blocks. */
export interface ResNetOptions extends EncoderOptions {
  /** A published network; 50 by default. It excludes the next three. */
  readonly depth?: 18 | 34 | 50;
  /** Residual blocks of each group; the groups from the second on halve the maps. [3, 4, 6, 3] by default. */
  readonly blocks?: readonly number[];
  /** Whether blocks are 1 x 1, 3 x 3, 1 x 1 with four times the filters at the end (the default), or 3 x 3, 3 x 3. */
  readonly bottleneck?: boolean;
  /** Filters of the first convolution and of the first group, doubled by each next group; 64 by default. */
  readonly initialFilters?: number;
  /** Distribution of the first weights; "heNormalFanOut", which is torchvision's, by default. */
  readonly initializer?: Initializer;
}

/**
 * ResNet (He et al., CVPR 2016), with the stride in the 3 x 3 convolution of bottlenecks. Layers, padding and epsilon are
 * those of `torchvision.models.resnet`, and so are the names, with the dots of its state dict ("layer1.0.conv1",
 * "layer2.0.downsample.0"), so that its weights fit by layer name once convolutions are transposed to [rows, columns, in,
 * out]. Pooling and head are `avg_pool` and `predictions` where torchvision has `avgpool` and `fc`; layers that it has
 * no name for are called as its feature extraction calls them ("layer1.0.add", "layer1.0.relu_1"), and padding of its own
 * after its layer ("conv1.pad").
 *
 * The last feature maps are the output of the last block, with four groups [batch, height / 32, width / 32, channels],
 * rounded up; `avg_pool` pools them, and `predictions` gives logits [batch, classes]. Without `classes` the maps
 * themselves are the output. Stages for decoders: the stem's `relu`, and the last relu of each group. Every size works,
 * odd and oblong ones too.
 *
 * @returns a model for [batch, height, width, channels], with its contract
 * @throws ArgumentError for an option out of range, or `depth` together with a shape of your own
 */
export function resNet(options: ResNetOptions): LayersModel {
  const { depth, initialFilters = 64, momentum = 0.99, seed = 0, initializer = "heNormalFanOut" } = options;
  const own = [options.blocks, options.bottleneck, options.initialFilters].some(
    (value) => value !== undefined,
  );
  if (own && depth !== undefined) {
    throw new ArgumentError(
      "options.depth",
      "names a published network; leave it out to set blocks, bottleneck or filters",
    );
  }
  const shape = published[depth ?? 50];
  if (shape === undefined) {
    throw new ArgumentError("options.depth", `is ${depth}; expected 18, 34 or 50, or blocks of your own`);
  }
  const { blocks = shape.blocks, bottleneck = shape.bottleneck } = options;
  checkPositiveIntegers("blocks", blocks);
  checkPositiveIntegers("initialFilters", [initialFilters]);
  checkShare("momentum", momentum);
  const image = imageInput(options, 1, "give larger images");

  const kit = layerKit({ seed, momentum, epsilon: 1e-5, initializer });
  /** A convolution with torch's padding: as many zeros on all sides, whatever the stride. */
  const convolve = (name: string, x: SymbolicTensor, filters: number, size: number, strides = 1) => {
    if (strides === 1) return kit.convolve(name, x, filters, size);
    const padded = size > 1 ? kit.pad(`${name}.pad`, x, (size - 1) / 2) : x;
    return kit.convolve(name, padded, filters, size, { strides, padding: "valid" });
  };
  const block = (name: string, input: SymbolicTensor, filters: number, strides: number) => {
    const kernels = bottleneck ? [1, 3, 1] : [3, 3];
    const outputs = bottleneck ? 4 * filters : filters;
    let x = input;
    kernels.forEach((size, i) => {
      const last = i === kernels.length - 1;
      const step = i === kernels.indexOf(3) ? strides : 1;
      x = convolve(`${name}.conv${i + 1}`, x, last ? outputs : filters, size, step);
      x = kit.normalize(`${name}.bn${i + 1}`, x);
      if (!last) x = kit.relu(i === 0 ? `${name}.relu` : `${name}.relu_${i}`, x);
    });
    let skip = input;
    if (strides > 1 || input.shape[3] !== outputs) {
      skip = convolve(`${name}.downsample.0`, input, outputs, 1, strides);
      skip = kit.normalize(`${name}.downsample.1`, skip);
    }
    return kit.relu(`${name}.relu_${kernels.length - 1}`, kit.add(`${name}.add`, [x, skip]));
  };

  let x = kit.normalize("bn1", convolve("conv1", image, initialFilters, 7, 2));
  x = kit.relu("relu", x);
  const stages: FeatureStage[] = [{ name: "stage1", layer: "relu", reduction: 2 }];
  // Zeros are no more than what relu gives, so padding with them does not change a maximum.
  x = kit.maxPool("maxpool", kit.pad("maxpool.pad", x, 1), 3, 2);
  blocks.forEach((count, group) => {
    for (let i = 0; i < count; i++) {
      const strides = group > 0 && i === 0 ? 2 : 1;
      x = block(`layer${group + 1}.${i}`, x, initialFilters * 2 ** group, strides);
    }
    const level = stages.length + 1;
    stages.push({ name: `stage${level}`, layer: x.sourceLayer.name, reduction: 2 ** level });
  });
  return encoderOrClassifier(own ? "resNet" : `resNet${depth ?? 50}`, options, image, x, stages);
}
