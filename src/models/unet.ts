import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkClasses, checkPositiveIntegers, checkShare } from "./checkOptions.js";
import {
  type DecoderOptions,
  decoderFiltersFor,
  decoderKit,
  segmentationHeadOf,
  unetDecoder,
} from "./decoder.js";
import { checkMultiple, checkNames, modelOnEncoder, stagesOf } from "./encoder.js";
import { type ImageNetworkOptions, imageInput, imageModel } from "./imageClassifier.js";
import { segmentationHead } from "./segmentationHead.js";

/** A plain U-Net, for {@link unet}. */
export interface PlainUnetOptions extends ImageNetworkOptions, DecoderOptions {
  /** Names of the masks, each once: one logit a pixel each, in this order. */
  readonly masks: readonly string[];
  /** Filters of each level, from the image down; [64, 128, 256, 512, 1024] by default. */
  readonly filters?: readonly number[];
  /** Share of the maps dropped in training at the two deepest levels, in [0, 1); 0.5 by default. */
  readonly dropout?: number;
  /** Whether batch normalisation follows each convolution; false by default. */
  readonly batchNormalization?: boolean;
  /** For the other kind of U-Net. */
  readonly encoder?: never;
  /** For the other kind of U-Net. */
  readonly decoderFilters?: never;
}

/** A U-Net on an encoder, for {@link unet}. */
export interface EncoderUnetOptions extends DecoderOptions {
  /** A model with feature stages: `denseNet(...)` and the like, with a head (which is left out) or without. */
  readonly encoder: LayersModel;
  /** Names of the masks, each once: one logit a pixel each, in this order. */
  readonly masks: readonly string[];
  /**
   * Filters of each step up, from the coarsest maps to the image; by default 16 for the last and twice as many for each
   * before, which is [256, 128, 64, 32, 16] for maps of 1/32 of the image.
   */
  readonly decoderFilters?: readonly number[];
}

const ofPlain = ["height", "width", "channels", "filters", "dropout", "batchNormalization"] as const;

/**
 * A U-Net, plain or on an encoder. It gives logits [batch, height, width, masks], of the image's own size, by one head
 * `masks`; masks may overlap, so a probability is the sigmoid of its logit.
 *
 * Without `encoder`, that of Ronneberger et al. (MICCAI 2015) with borders padded: at each level two 3 x 3 convolutions
 * with relu, down by 2 x 2 max pooling, dropout at the two deepest levels, up by repeating cells and a 2 x 2 convolution,
 * joined to the maps of the way down. Before the output, a 1 x 1 convolution, comes a 3 x 3 convolution with two filters
 * a mask. Layers and initial weights (He et al. 2015, normal) are those of the widely used Keras version
 * (`zhixuhao/unet`): 31,031,685 parameters for one channel and one mask.
 *
 * With `encoder`, that of segmentation_models.pytorch (`Unet`): each step up repeats cells, joins the encoder's stage of
 * that size where there is one, and convolves twice (3 x 3, batch normalisation, relu); the head is a 3 x 3 convolution.
 * The encoder's layers and weights are shared, not copied: weights loaded into one later are those of the other too, and
 * disposing of one frees them for both. An encoder that has a head keeps it to itself.
 *
 * Height and width have to be multiples of what the deepest level or stage halves them by: 16 with five levels, 32 on
 * denseNet or resNet.
 *
 * @returns a model for [batch, height, width, channels], with its contract; the input and stages are the encoder's
 * @throws ArgumentError for another size (it names the size to pad to), an option out of range, an option of the plain
 * U-Net beside `encoder`, or a layer's name that the encoder has already
 * @throws ModelError for an encoder whose contract names no stages, or stages that it doesn't have
 */
export function unet(options: PlainUnetOptions | EncoderUnetOptions): LayersModel {
  checkClasses(options.masks, "options.masks");
  return options.encoder === undefined
    ? plainUnet(options as PlainUnetOptions)
    : unetOnEncoder(options as EncoderUnetOptions);
}

function unetOnEncoder(options: EncoderUnetOptions): LayersModel {
  const { encoder, masks, seed = 0 } = options;
  const misplaced = ofPlain.find((name) => (options as Partial<PlainUnetOptions>)[name] !== undefined);
  if (misplaced !== undefined) {
    throw new ArgumentError(
      `options.${misplaced}`,
      "is of the plain U-Net; with an encoder, the encoder settles it: leave it out",
    );
  }
  const kit = decoderKit(options);
  const stages = stagesOf(encoder, "options.encoder");
  const filters = decoderFiltersFor(stages, options.decoderFilters, "options");
  const names = ["masks", ...filters.map((_, i) => `decoder${i + 1}`)];
  checkNames(stages.at(-1)!.maps, names, "options.encoder");
  const logits = segmentationHead(unetDecoder(kit, "", stages, filters), { masks, seed });
  return modelOnEncoder("unet", encoder, [logits], [segmentationHeadOf("masks", masks)]);
}

function plainUnet(options: PlainUnetOptions): LayersModel {
  const { masks, filters = [64, 128, 256, 512, 1024], dropout = 0.5, batchNormalization = false } = options;
  if (options.decoderFilters !== undefined) {
    throw new ArgumentError(
      "options.decoderFilters",
      "is for a U-Net on an encoder; give encoder, or filters",
    );
  }
  checkPositiveIntegers("filters", filters);
  checkShare("dropout", dropout);
  const kit = decoderKit(options);
  const multiple = 2 ** (filters.length - 1);
  const image = imageInput(options, 1, `expected multiples of ${multiple}`);
  checkMultiple(options.height, options.width, multiple, "options.height, options.width");

  const convolve = (name: string, x: SymbolicTensor, count: number, size = 3) => {
    const convolved = kit.convolve(name, x, count, size, { useBias: !batchNormalization });
    return kit.relu(`${name}_relu`, batchNormalization ? kit.normalize(`${name}_bn`, convolved) : convolved);
  };
  const twice = (name: string, x: SymbolicTensor, count: number) =>
    convolve(`${name}/conv2`, convolve(`${name}/conv1`, x, count), count);

  const deepest = filters.length - 1;
  const skips: SymbolicTensor[] = [];
  let x = image;
  filters.forEach((count, level) => {
    const name = `down${level + 1}`;
    if (level > 0) x = kit.maxPool(`${name}/pool`, x, 2);
    x = twice(name, x, count);
    if (level >= deepest - 1 && dropout > 0) x = kit.dropout(`${name}/dropout`, x, dropout);
    skips.push(x);
  });
  for (let level = deepest - 1; level >= 0; level--) {
    const name = `up${level + 1}`;
    const count = filters[level]!;
    x = convolve(`${name}/conv0`, kit.upsample(`${name}/upsample`, x), count, 2);
    x = twice(name, kit.concatenate(`${name}/concat`, [skips[level]!, x]), count);
  }
  x = convolve("features", x, 2 * masks.length);
  const logits = segmentationHead(x, { masks, kernelSize: 1, seed: options.seed ?? 0 });
  return imageModel("unet", options, image, logits, [segmentationHeadOf("masks", masks)]);
}
