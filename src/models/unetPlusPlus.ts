import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { checkClasses } from "./checkOptions.js";
import {
  type DecoderOptions,
  decoderBlock,
  decoderFiltersFor,
  decoderKit,
  segmentationHeadOf,
} from "./decoder.js";
import { checkNames, type EncoderStage, modelOnEncoder, stagesOf } from "./encoder.js";
import { segmentationHead } from "./segmentationHead.js";

/** How a {@link unetPlusPlus} is built. */
export interface UnetPlusPlusOptions extends DecoderOptions {
  /** A model with feature stages: `denseNet(...)` and the like, with a head (which is left out) or without. */
  readonly encoder: LayersModel;
  /** Names of the masks, each once: one logit a pixel each, in this order. */
  readonly masks: readonly string[];
  /**
   * Filters of the nodes that the coarsest maps reach first, and of the steps from the finest stage to the image; by
   * default 16 for the last and twice as many for each before, which is [256, 128, 64, 32, 16] for maps of 1/32 of the
   * image. The other nodes have as many filters as the encoder's stage of their size has channels.
   */
  readonly decoderFilters?: readonly number[];
  /** Whether each node of the finest level has a head of its own; false by default. */
  readonly deepSupervision?: boolean;
}

/**
 * UNet++ (Zhou et al., DLMIA 2018) on an encoder, with the layers of segmentation_models.pytorch (`UnetPlusPlus`). Node
 * X(i, 0) is the encoder's stage i, from the finest. Node X(i, j) repeats the cells of X(i + 1, j - 1), joins all of
 * X(i, 0) to X(i, j - 1), and convolves twice (3 x 3, batch normalisation, relu). Behind the last node of the finest
 * level, further steps of the same kind reach the size of the image, and a 3 x 3 convolution gives logits [batch, height,
 * width, masks] by the head `masks`. Masks may overlap, so a probability is the sigmoid of its logit.
 *
 * With `deepSupervision` the other nodes X(0, j) have heads `masks_level1`, `masks_level2`, ... too, from the shallowest,
 * all at the size of the image; the contract names them after `masks`, with the same masks. The paper trains the mean of
 * all heads' losses and predicts with the mean of their outputs, or with one alone. The model pruned to level j is
 * `tf.model({ inputs: model.inputs, outputs: model.getLayer("masks_level<j>").output })`: it computes only what that
 * head needs.
 *
 * The encoder's layers and weights are shared, not copied, as in `unet`. Height and width have to be multiples of the
 * deepest stage's reduction: 32 on denseNet or resNet.
 *
 * @returns a model for [batch, height, width, channels], with its contract; the input and stages are the encoder's
 * @throws ArgumentError for another size (it names the size to pad to), an option out of range, or a layer's name that the
 * encoder has already
 * @throws ModelError for an encoder whose contract names no stages or a single one, stages that don't each halve the one
 * before, or stages that it doesn't have
 */
export function unetPlusPlus(options: UnetPlusPlusOptions): LayersModel {
  const { encoder, masks, deepSupervision = false, seed = 0 } = options;
  checkClasses(masks, "options.masks");
  const kit = decoderKit(options);
  const stages = stagesOf(encoder, "options.encoder");
  checkHalving(encoder, stages);
  const filters = decoderFiltersFor(stages, options.decoderFilters, "options");
  const last = stages.length - 1;
  const others = deepSupervision ? Array.from({ length: last - 1 }, (_, j) => j + 1) : [];
  const supervised = [last, ...others];
  const headOf = (j: number) => (j === last ? "masks" : `masks_level${j}`);
  const nodeOf = (i: number, j: number) => `x${i}_${j}`;
  const nodes = stages.flatMap((_, i) => stages.map((_, j) => nodeOf(i, j)));
  const added = [...nodes, ...supervised.flatMap((j) => [headOf(j), `level${j}`])];
  checkNames(stages.at(-1)!.maps, added, "options.encoder");

  const grid: SymbolicTensor[][] = stages.map(({ maps }) => [maps]);
  for (let j = 1; j <= last; j++) {
    for (let i = 0; i + j <= last; i++) {
      const row = grid[i]!;
      const reached = i + j === last;
      const count = reached ? filters[last - 1 - i]! : (row[0]!.shape[3] as number);
      row.push(decoderBlock(kit, nodeOf(i, j), grid[i + 1]![j - 1]!, [...row].reverse(), count));
    }
  }
  const steps = filters.slice(last);
  const outputs = supervised.map((j) => {
    const toImage = (x: SymbolicTensor, count: number, step: number) =>
      decoderBlock(kit, `level${j}/decoder${step + 1}`, x, [], count);
    return segmentationHead(steps.reduce(toImage, grid[0]![j]!), { masks, name: headOf(j), seed });
  });
  const heads = supervised.map((j) => segmentationHeadOf(headOf(j), masks));
  return modelOnEncoder("unetPlusPlus", encoder, outputs, heads);
}

function checkHalving(encoder: LayersModel, stages: readonly EncoderStage[]): void {
  const reductions = stages.map(({ reduction }) => reduction);
  if (reductions.length > 1 && reductions.every((r, i) => i === 0 || r === 2 * reductions[i - 1]!)) return;
  throw new ModelError(
    "stages",
    `the stages of model "${encoder.name}" have reductions ${reductions.join(", ")}; UNet++ needs at least two, each twice ` +
      "the one before",
  );
}
