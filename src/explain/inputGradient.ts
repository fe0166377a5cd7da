import { keep, sum, type Tensor, type Tensor4D, tensor4d } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import { checkPositiveIntegers } from "../models/checkOptions.js";
import { nextTask } from "../nextTask.js";
import { type AttributionMap, attributionMap } from "./explanationMap.js";
import type { ManyPassesOptions } from "./imageProbe.js";
import { downloaded, inputSlope, outputsOf, readPixelBatch } from "./modelPass.js";
import { type HeadTarget, type ResolvedTarget, resolveTarget } from "./target.js";

/** What to explain. */
export interface InputGradientOptions extends HeadTarget, ManyPassesOptions {}

/**
 * The gradient of a score by the input, d score / d pixel, summed over channels and signed, in inference mode. Simonyan et
 * al. (Deep inside convolutional networks, ICLR 2014 workshop, section 3) show its magnitude; of several channels they show
 * the greatest. Units: score per unit of the input. A segmentation's score is the sum over the region of the image itself.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @throws ArgumentError for no images, images of another shape than the model's input, or a batch size below 1
 * @throws ModelError for an unknown class or head, a class name on a model without contract, a model with several inputs, or
 *   a target that does not depend on the image
 */
export async function inputGradient(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: InputGradientOptions,
): Promise<AttributionMap> {
  const { batchSize = 16, signal, onBatch } = options;
  checkPositiveIntegers("batchSize", [batchSize]);
  const target = resolveTarget(model, options.target, options);
  const { values, count, shape } = await readPixelBatch(model, images);
  const [pixels, size] = [shape[0] * shape[1], shape[0] * shape[1] * shape[2]];
  const batches = Math.ceil(count / batchSize);
  const maps: Float32Array[] = [];
  const scores: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    signal?.throwIfAborted();
    const part = values.subarray(batch * batchSize * size, (batch + 1) * batchSize * size);
    const [gradient, own] = await downloaded(() =>
      gradientAndScores(model, target, tensor4d(part, [part.length / size, ...shape])),
    );
    for (const [i, score] of own!.entries()) {
      maps.push(gradient!.subarray(i * pixels, (i + 1) * pixels));
      scores.push(score);
    }
    await onBatch?.({ batch: batch + 1, batches });
    await nextTask();
  }
  signal?.throwIfAborted();
  return attributionMap(maps, scores, shape);
}

function gradientAndScores(model: LayersModel, target: ResolvedTarget, input: Tensor4D): Tensor[] {
  let scores: Tensor | undefined;
  try {
    const gradient = inputSlope(input, (x) => {
      const own = target.scores(outputsOf(model, x)[target.output]!);
      scores = keep(own.clone());
      return own;
    });
    return [sum(gradient, -1), scores!];
  } catch (error) {
    scores?.dispose();
    throw error;
  }
}
