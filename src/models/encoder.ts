import { type LayersModel, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError, isRadiolucentError, ModelError } from "../errors.js";
import { contractOf, type ModelContract, type ModelHead, setContract } from "./contract.js";

/** Feature maps of an encoder. */
export interface EncoderStage {
  /** Shape [batch, height / reduction, width / reduction, channels]. */
  readonly maps: SymbolicTensor;
  /** How many pixels of the image one cell covers in each direction. */
  readonly reduction: number;
}

/** What a network takes: one image, of a fixed size. */
interface ImageInput {
  readonly image: SymbolicTensor;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/**
 * The one input of an encoder.
 *
 * @throws ModelError for several inputs, or one other than [batch, height, width, 1 or 3]
 */
export function imageInputOf(encoder: LayersModel): ImageInput {
  const [image, ...others] = encoder.inputs;
  const [, height, width, channels] = image?.shape ?? [];
  if (others.length > 0 || image?.rank !== 4 || !height || !width || (channels !== 1 && channels !== 3)) {
    const shapes = encoder.inputs.map(shapeText).join(" and ") || "nothing";
    throw new ModelError(
      "inputs",
      `model "${encoder.name}" takes ${shapes}; expected one input [batch, height, width, channels] of a fixed ` +
        "size, with 1 or 3 channels",
    );
  }
  return { image, height, width, channels };
}

/**
 * The feature maps that an encoder's contract names, finest first.
 *
 * @param argument what the encoder was given as, for errors
 * @throws ModelError for an encoder without stages, a stage whose layer is absent or gives maps of another size than its
 * reduction says, reductions other than different powers of two
 * @throws ArgumentError for an image size that isn't a multiple of the greatest reduction
 */
export function stagesOf(encoder: LayersModel, argument: string): readonly EncoderStage[] {
  const named = [...(contractOf(encoder).stages ?? [])].sort((a, b) => a.reduction - b.reduction);
  if (named.length === 0) {
    throw new ModelError(
      "stages",
      `model "${encoder.name}" names no feature stages, which a decoder needs; take an encoder such as denseNet, or ` +
        "name them: setContract(model, { ...contractOf(model), stages: [{ name, layer, reduction }] })",
    );
  }
  const wrong = named.find(
    ({ reduction }, i) => !Number.isInteger(Math.log2(reduction)) || reduction === named[i - 1]?.reduction,
  );
  if (wrong !== undefined) {
    throw new ModelError(
      wrong.name,
      `${wrong.name} of model "${encoder.name}" has reduction ${wrong.reduction}; expected 1, 2, 4, 8, ..., each once`,
    );
  }
  const { height, width } = imageInputOf(encoder);
  checkMultiple(height, width, named.at(-1)!.reduction, argument);
  return named.map(({ name, layer, reduction }) => {
    const maps = outputOf(encoder, layer, name);
    const expected = [height / reduction, width / reduction];
    if (maps.rank !== 4 || `${maps.shape.slice(1, 3)}` !== `${expected}`) {
      throw new ModelError(
        layer,
        `layer "${layer}" of model "${encoder.name}" gives ${shapeText(maps)}; as ${name}, of reduction ${reduction}, it ` +
          `ought to give [batch, ${expected.join(", ")}, channels]`,
      );
    }
    return { maps, reduction };
  });
}

/**
 * The last feature maps of an encoder: its coarsest stage, or its output where its contract names none.
 *
 * @throws ModelError for a stage whose layer is absent, or no stages and an output other than [batch, height, width,
 * channels]
 */
export function lastMapsOf(encoder: LayersModel): SymbolicTensor {
  imageInputOf(encoder);
  const named = [...(contractIfAny(encoder)?.stages ?? [])].sort((a, b) => b.reduction - a.reduction);
  if (named[0] !== undefined) return outputOf(encoder, named[0].layer, named[0].name);
  const [maps, ...others] = encoder.outputs;
  if (others.length === 0 && maps?.rank === 4) return maps;
  throw new ModelError(
    "outputs",
    `model "${encoder.name}" gives ${encoder.outputs.map(shapeText).join(" and ")} and its contract names no feature ` +
      "stages; expected an encoder that gives feature maps [batch, height, width, channels]",
  );
}

/**
 * Makes sure that maps can be halved and doubled again without a rest.
 *
 * @param argument what has the size, for the error
 * @throws ArgumentError with the size got, the multiple needed and the size to pad to
 */
export function checkMultiple(height: number, width: number, multiple: number, argument: string): void {
  if (height % multiple === 0 && width % multiple === 0) return;
  const padded = [height, width].map((size) => Math.ceil(size / multiple) * multiple);
  throw new ArgumentError(
    argument,
    `is for images of ${height} x ${width} pixels; expected multiples of ${multiple}, since maps are halved and doubled ` +
      `again: pad the images to ${padded.join(" x ")}, as resizeWithPad does`,
  );
}

/**
 * Makes sure that the layers to add have names of their own.
 *
 * @param features what the encoder gives to them
 * @param names of the layers to add, or the part of their names before "/"
 * @param argument what the error is about
 * @throws ArgumentError for a layer of that name on the way from the image to the features
 */
export function checkNames(features: SymbolicTensor, names: readonly string[], argument: string): void {
  const tensors = new Set([features]);
  for (const tensor of tensors) for (const before of tensor.inputs) tensors.add(before);
  const taken = [...tensors].map(({ sourceLayer }) => sourceLayer.name);
  for (const name of names) {
    const other = taken.find((layer) => layer === name || layer.startsWith(`${name}/`));
    if (other !== undefined) {
      throw new ArgumentError(argument, `"${name}" can't be added: the encoder has a layer "${other}"`);
    }
  }
}

/**
 * A model of an encoder's layers and what was put on them. The contract's input stays the encoder's, with its
 * normalisation where it was trained, and so do the stages.
 *
 * @param kind what becomes of the encoder, such as "unet"
 */
export function modelOnEncoder(
  kind: string,
  encoder: LayersModel,
  outputs: SymbolicTensor[],
  heads: readonly ModelHead[],
): LayersModel {
  const { image, height, width, channels } = imageInputOf(encoder);
  const known = contractIfAny(encoder);
  const architecture = `${kind}-${known?.architecture ?? encoder.name}`;
  const built = model({ name: architecture, inputs: image, outputs });
  const input = known?.input ?? { height, width, channels };
  setContract(built, {
    version: 1,
    architecture,
    heads,
    input,
    ...(known?.stages && { stages: known.stages }),
  });
  return built;
}

/** The contract of a model that has one. */
function contractIfAny(model: LayersModel): ModelContract | undefined {
  try {
    return contractOf(model);
  } catch (error) {
    if (isRadiolucentError(error, "model")) return undefined;
    throw error;
  }
}

/** A tensor's shape, for messages. */
export function shapeText({ shape }: SymbolicTensor): string {
  return `[${shape.map((size, axis) => size ?? (axis === 0 ? "batch" : "any")).join(", ")}]`;
}

function outputOf(encoder: LayersModel, name: string, stage: string): SymbolicTensor {
  const layer = encoder.layers.find((candidate) => candidate.name === name);
  if (layer === undefined) {
    throw new ModelError(
      name,
      `model "${encoder.name}" has no layer "${name}", which its contract names as ${stage}`,
    );
  }
  const tensors = layer.inboundNodes.flatMap(({ outputTensors }) => outputTensors);
  if (tensors.length !== 1) {
    throw new ModelError(
      name,
      `layer "${name}" of model "${encoder.name}" has ${tensors.length} outputs; as ${stage} it ought to have one`,
    );
  }
  return tensors[0]!;
}
