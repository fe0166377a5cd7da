import { mean, mul, sum, Tensor, type Tensor4D, tensor4d, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError, ModelError } from "../errors.js";
import { rowMajor } from "../matrix.js";
import { activationGradient } from "./activationGradient.js";
import { type MapPeak, mapPeak } from "./mapPeak.js";
import { lastSpatialLayer, spatialLayerNamed } from "./spatialLayer.js";
import { type ExplanationTarget, resolveTarget, type TargetOptions } from "./target.js";

/** What to explain, and where in the network. */
export interface GradCamOptions extends TargetOptions {
  /** A class by name or column, or a function of the logits. */
  readonly target: ExplanationTarget;
  /**
   * Name of the layer whose output is weighed, also of one inside a nested model. Default: the last layer before the
   * head whose output is [batch, height, width, channels].
   */
  readonly layer?: string;
}

/** Where a model looks, one map an image. */
export interface GradCam {
  /** Name of the layer that was weighed. */
  readonly layer: string;
  /** Shape [batch, mapHeight, mapWidth]: the channels' weighted sum, negative where the evidence speaks against. */
  readonly weightedSum: NdArray<Float32Array>;
  /** Shape [batch, mapHeight, mapWidth]: the Grad-CAM, max(weightedSum, 0). Comparable between images of one model. */
  readonly raw: NdArray<Float32Array>;
  /** Shape [batch, mapHeight, mapWidth]: raw / maximum, in [0, 1]; all 0 where the maximum is 0. */
  readonly normalized: NdArray<Float32Array>;
  /** Greatest value of each raw map. */
  readonly maximum: Float32Array;
  /**
   * The input pixel under each map's peak, the map being stretched over the whole image: the greatest cell (the first
   * in row-major order among equals), and within it the vertex of the parabola through its neighbours, down and across.
   * Undefined for a map without a positive value.
   */
  readonly peaks: readonly (MapPeak | undefined)[];
}

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017, equations 1 and 2): ReLU of the sum over channels k of alpha_k A_k, where A is
 * a layer's output and alpha_k the mean over its cells of d score / d A_k. Works on any model whose layers run once,
 * with branches, concatenations and nested models, on the logits and in inference mode; dropout is off and batch
 * normalisation uses its moving statistics. Images are explained independently of each other.
 *
 * To lay a map over a film, `overlayHeatmap(image, cam.normalized.pick(0))` stretches it as `resizeImage` does. Where the
 * network's own numbers are NaN, so is the map, and it has no peak. The forward pass keeps what one of a training step
 * keeps, so memory grows with the batch.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @throws ArgumentError for no images, or images of another shape than the model's input
 * @throws ModelError for an unknown class, head or layer, a class name on a model without contract, a layer without a
 *   spatial output or off the way to the head, a model with several inputs
 */
export async function gradCam(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: GradCamOptions,
): Promise<GradCam> {
  checkImages(model, images.shape);
  const target = resolveTarget(model, options.target, options);
  const layer =
    options.layer === undefined
      ? lastSpatialLayer(model.outputs[target.output]!)
      : spatialLayerNamed(model, options.layer);

  const weighted = tidy(() => {
    const input =
      images instanceof Tensor
        ? images
        : tensor4d(rowMajor(images), images.shape as [number, number, number, number]);
    const { activation, gradient } = activationGradient(model, layer, target, input);
    return sum(mul(activation, mean(gradient, [1, 2], true)), -1);
  });
  try {
    const weightedSum = ndarray((await weighted.data()) as Float32Array, weighted.shape);
    return { layer: layer.name, weightedSum, ...mapsOf(weightedSum, images.shape[1]!, images.shape[2]!) };
  } finally {
    weighted.dispose();
  }
}

function mapsOf(
  weightedSum: NdArray<Float32Array>,
  inputHeight: number,
  inputWidth: number,
): Omit<GradCam, "layer" | "weightedSum"> {
  const [batch, height, width] = weightedSum.shape as [number, number, number];
  const cells = height * width;
  const raw = weightedSum.data.map((value) => Math.max(value, 0));
  const normalized = new Float32Array(raw.length);
  const maximum = new Float32Array(batch);
  const peaks: (MapPeak | undefined)[] = [];
  for (let i = 0; i < batch; i++) {
    const map = raw.subarray(i * cells, (i + 1) * cells);
    const greatest = map.reduce((a, b) => Math.max(a, b));
    maximum[i] = greatest;
    if (greatest !== 0)
      normalized.set(
        map.map((value) => value / greatest),
        i * cells,
      );
    peaks.push(mapPeak(map, [height, width], [inputHeight, inputWidth]));
  }
  return {
    raw: ndarray(raw, weightedSum.shape),
    normalized: ndarray(normalized, weightedSum.shape),
    maximum,
    peaks,
  };
}

function checkImages(model: LayersModel, shape: readonly number[]): void {
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
}
