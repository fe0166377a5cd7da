import { cast, dispose, engine, sum, Tensor, type Tensor4D, tensor4d, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import { ArgumentError, ModelError } from "../errors.js";
import { correctRepeatGradient } from "../layers/repeatGradient.js";
import { rowMajor } from "../matrix.js";
import { releaseTape } from "../models/releaseTape.js";
import type { ImageShape } from "./baseline.js";

/**
 * Images as a tensor of floats that the caller disposes of; a tensor stays as it is.
 *
 * @throws ArgumentError for no images, or images of another shape than the model's input
 * @throws ModelError for a model with several inputs
 */
export function imageTensor(model: LayersModel, images: NdArray<Float32Array> | Tensor4D): Tensor4D {
  const shape: readonly number[] = images.shape;
  if (model.inputs.length !== 1) {
    throw new ModelError(
      "inputs",
      `model "${model.name}" has ${model.inputs.length} inputs; expected one that takes images`,
    );
  }
  const expected = model.inputs[0]!.shape;
  if (shape.length !== 4 || expected.some((extent, axis) => extent !== null && extent !== shape[axis])) {
    const wanted = expected.map((extent) => extent ?? "any").join(", ");
    throw new ArgumentError("images", `have shape [${shape}]; model "${model.name}" takes [${wanted}]`);
  }
  if (shape[0] === 0) throw new ArgumentError("images", "hold no image; expected at least one");
  return images instanceof Tensor
    ? cast(images, "float32")
    : tensor4d(floats(rowMajor(images)), shape as [number, number, number, number]);
}

/** Images outside tensors. */
export interface PixelBatch {
  /** Row-major, [count, height, width, channels]. */
  readonly values: Float32Array;
  /** How many images. */
  readonly count: number;
  /** Height, width and channels of each. */
  readonly shape: ImageShape;
}

/**
 * The pixels of images that a model takes.
 *
 * @throws ArgumentError and ModelError as {@link imageTensor}
 */
export async function readPixelBatch(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
): Promise<PixelBatch> {
  const tensor = imageTensor(model, images);
  try {
    const [count, ...shape] = tensor.shape;
    return { values: floats(await tensor.data()), count, shape };
  } finally {
    tensor.dispose();
  }
}

/** Numbers as floats, whatever array they come in: whole numbers would round what is computed from them. */
export const floats = (values: ArrayLike<number>): Float32Array =>
  values instanceof Float32Array ? values : Float32Array.from(values);

/** A model's outputs in inference mode. */
export const outputsOf = (model: LayersModel, input: Tensor4D): Tensor[] =>
  [model.apply(input, { training: false })].flat() as Tensor[];

/**
 * d sum(scores) / d input; to be called where tensors are tidied.
 *
 * @throws ModelError where the scores do not depend on the input
 */
export function inputSlope(input: Tensor4D, scoresOf: (input: Tensor4D) => Tensor): Tensor4D {
  correctRepeatGradient();
  const { grads } = engine().gradients(() => sum(scoresOf(input)), [input], undefined, true);
  // Undefined where nothing leads there, whatever the type says.
  const gradient = grads[0] as Tensor4D | undefined;
  if (!gradient)
    throw new ModelError("target", "the target does not depend on the image; nothing to differentiate");
  return gradient;
}

/** The values of tensors that something computes; the tensors, and those on the way, are freed. */
export async function downloaded(compute: () => Tensor[]): Promise<Float32Array[]> {
  let results: Tensor[] = [];
  try {
    results = tidy(compute);
    return (await Promise.all(results.map((result) => result.data()))) as Float32Array[];
  } catch (error) {
    releaseTape();
    throw error;
  } finally {
    dispose(results);
  }
}
