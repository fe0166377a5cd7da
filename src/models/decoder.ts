import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers, checkShare } from "./checkOptions.js";
import type { ModelHead } from "./contract.js";
import type { EncoderStage } from "./encoder.js";
import { type LayerKit, layerKit } from "./layerKit.js";

/** What the decoders take. */
export interface DecoderOptions {
  /** Seed of the initial weights; 0 by default. It gives the same ones on every backend. */
  readonly seed?: number;
  /**
   * Share that the moving statistics of batch normalisation keep at each step, in [0, 1); 0.99 by default, less for
   * short runs.
   */
  readonly momentum?: number;
}

/** The layers of a decoder: He's initial weights, since relu follows each convolution. */
export function decoderKit({ seed = 0, momentum = 0.99 }: DecoderOptions): LayerKit {
  checkShare("momentum", momentum);
  return layerKit({ seed, momentum, initializer: "heNormal" });
}

/** One step up: twice the size by repeating cells, the maps of that size beside it, and two convolutions. */
export function decoderBlock(
  kit: LayerKit,
  name: string,
  x: SymbolicTensor,
  skips: readonly SymbolicTensor[],
  filters: number,
): SymbolicTensor {
  let y = kit.upsample(`${name}/upsample`, x);
  if (skips.length > 0) y = kit.concatenate(`${name}/concat`, [y, ...skips]);
  for (const i of [1, 2]) {
    y = kit.convolve(`${name}/conv${i}`, y, filters, 3);
    y = kit.relu(`${name}/relu${i}`, kit.normalize(`${name}/bn${i}`, y));
  }
  return y;
}

/**
 * From the coarsest maps of an encoder up to the size of the image, with the maps of each size between.
 *
 * @param prefix what the names of the layers start with
 * @param filters one number for each doubling
 */
export function unetDecoder(
  kit: LayerKit,
  prefix: string,
  stages: readonly EncoderStage[],
  filters: readonly number[],
): SymbolicTensor {
  let { maps, reduction } = stages.at(-1)!;
  filters.forEach((count, i) => {
    reduction /= 2;
    const skips = stages.filter((stage) => stage.reduction === reduction).map((stage) => stage.maps);
    maps = decoderBlock(kit, `${prefix}decoder${i + 1}`, maps, skips, count);
  });
  return maps;
}

/**
 * Filters of a decoder's steps from the coarsest maps to the image: those given, or 16 for the last step and twice as
 * many for each one before.
 *
 * @param owner the argument that has the option `decoderFilters`
 * @throws ArgumentError for too few or too many, or a value other than 1, 2, 3, ...
 */
export function decoderFiltersFor(
  stages: readonly EncoderStage[],
  given: readonly number[] | undefined,
  owner: string,
): readonly number[] {
  const { reduction } = stages.at(-1)!;
  const steps = Math.log2(reduction);
  const filters = given ?? Array.from({ length: steps }, (_, i) => 2 ** (steps + 3 - i));
  if (filters.length !== steps) {
    throw new ArgumentError(
      `${owner}.decoderFilters`,
      `has ${filters.length} numbers; expected ${steps}, one for each doubling from maps of 1/${reduction} of the image`,
    );
  }
  if (steps > 0) checkPositiveIntegers("decoderFilters", filters, owner);
  return filters;
}

/** How the contract names a segmentation head. */
export function segmentationHeadOf(name: string, masks: readonly string[]): ModelHead {
  return { name, kind: "segmentation", classes: [...masks], output: "logits" };
}
