import { input, type LayersModel, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkClasses } from "./checkOptions.js";
import { classificationHead } from "./classificationHead.js";
import { type FeatureStage, type ModelHead, setContract } from "./contract.js";
import { layerKit } from "./layerKit.js";

/** What every network for images takes; the size can come from a batch source: `{ ...source.format }`. */
export interface ImageNetworkOptions {
  /** Rows of the input, in pixels. */
  readonly height: number;
  /** Columns of the input, in pixels. */
  readonly width: number;
  /** 1 by default, or 3 with the grey value repeated, as weights from colour images need. */
  readonly channels?: 1 | 3;
  /** Seed of the initial weights and dropout masks; 0 by default. It gives the same ones on every backend. */
  readonly seed?: number;
}

/** What every image classifier takes: `{ ...source.format, classes: source.classes }`. */
export interface ImageClassifierOptions extends ImageNetworkOptions {
  /** Names of the findings, each once: one logit each, in this order. */
  readonly classes: readonly string[];
}

/** What the networks take that are classifiers or encoders. */
export interface EncoderOptions extends ImageNetworkOptions {
  /**
   * Names of the findings, each once: one logit each, in this order. Without them there is no head: the model is an
   * encoder, whose output are its last feature maps, for `unet`, `unetPlusPlus` or `multitaskModel`.
   */
  readonly classes?: readonly string[];
  /**
   * Share that the moving statistics of batch normalisation keep at each step, in [0, 1); 0.99 by default, less for
   * short runs.
   */
  readonly momentum?: number;
}

/**
 * Checks what networks have in common, before any weight is made, and gives the symbolic input [batch, height, width,
 * channels].
 *
 * @param smallest fewest rows and columns that the network can work on
 * @param wayOut what helps where the image is smaller, for the error
 * @throws ArgumentError for a smaller or fractional size, a number of channels other than 1 and 3, an empty list of
 * classes, or a class named twice
 */
export function imageInput(
  options: ImageNetworkOptions & { readonly classes?: readonly string[] },
  smallest: number,
  wayOut: string,
): SymbolicTensor {
  const { height, width, channels = 1 } = options;
  for (const [name, size] of Object.entries({ height, width })) {
    if (!Number.isInteger(size) || size < smallest) {
      throw new ArgumentError(
        `options.${name}`,
        `is ${size}; this network needs whole numbers of at least ${smallest} x ${smallest} pixels: ${wayOut}`,
      );
    }
  }
  if (channels !== 1 && channels !== 3) {
    throw new ArgumentError(
      "options.channels",
      `is ${channels}; expected 1, or 3 with the grey value repeated`,
    );
  }
  if (options.classes) checkClasses(options.classes);
  return input({ name: "image", shape: [height, width, channels] });
}

/**
 * Makes a model of symbolic tensors and gives it its contract. The contract's normalisation stays open, since only
 * training settles it.
 *
 * @param architecture name for the model and its contract
 * @param image what {@link imageInput} gave for the same options
 * @param outputs one for each head, in order
 */
export function imageModel(
  architecture: string,
  { height, width, channels = 1 }: ImageNetworkOptions,
  image: SymbolicTensor,
  outputs: SymbolicTensor | SymbolicTensor[],
  heads: readonly ModelHead[],
  stages?: readonly FeatureStage[],
): LayersModel {
  const built = model({ name: architecture, inputs: image, outputs });
  setContract(built, {
    version: 1,
    architecture,
    heads,
    input: { height, width, channels },
    ...(stages && { stages }),
  });
  return built;
}

/**
 * Completes a classifier: a head that gives logits, and the contract.
 *
 * @param features shape [batch, features]
 */
export function imageClassifier(
  architecture: string,
  options: ImageClassifierOptions,
  image: SymbolicTensor,
  features: SymbolicTensor,
  stages?: readonly FeatureStage[],
): LayersModel {
  const { classes, seed = 0 } = options;
  const name = "predictions";
  const logits = classificationHead(features, { classes, name, seed });
  const head: ModelHead = { name, classes: [...classes], output: "logits" };
  return imageModel(architecture, options, image, logits, [head], stages);
}

/**
 * Completes a network that has feature stages: a classifier (global average pooling `avg_pool`, dropout where it is
 * asked for, a head) where classes are given, otherwise an encoder.
 *
 * @param maps the last feature maps, [batch, height, width, channels]
 * @param dropout share of the pooled features that are dropped in training
 */
export function encoderOrClassifier(
  architecture: string,
  options: EncoderOptions,
  image: SymbolicTensor,
  maps: SymbolicTensor,
  stages: readonly FeatureStage[],
  dropout = 0,
): LayersModel {
  const { classes } = options;
  if (classes === undefined) return imageModel(architecture, options, image, maps, [], stages);
  const kit = layerKit({ seed: options.seed ?? 0 });
  let features = kit.globalAverage("avg_pool", maps);
  if (dropout > 0) features = kit.dropout("top_dropout", features, dropout);
  return imageClassifier(architecture, { ...options, classes }, image, features, stages);
}
