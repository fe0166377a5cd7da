import { Tensor, type Tensor4D, tensor4d } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import { ArgumentError, ModelError } from "../errors.js";
import { rowMajor } from "../matrix.js";

/**
 * Images as a tensor that the caller disposes of; a tensor is cloned.
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
    ? images.clone()
    : tensor4d(rowMajor(images), shape as [number, number, number, number]);
}
