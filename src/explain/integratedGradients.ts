import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers } from "../models/checkOptions.js";
import { type Baseline, baselineImage } from "./baseline.js";
import { type AttributionMap, attributionMap, channelSum } from "./explanationMap.js";
import { type ManyPassesOptions, probeImages } from "./imageProbe.js";
import { readPixelBatch } from "./modelPass.js";
import { gaussLegendreRule, midpointRule } from "./quadrature.js";
import { type HeadTarget, resolveTarget } from "./target.js";

/** What to explain, from where, and how finely. */
export interface IntegratedGradientsOptions extends HeadTarget, ManyPassesOptions {
  /** Where the path starts: 0 by default, which is the training mean where inputs are standardised. */
  readonly baseline?: Baseline;
  /** How many places of the path are differentiated: 32 by default. See `completenessGap`. */
  readonly steps?: number;
  /**
   * "gaussLegendre" (the default): needs the fewest steps where the score is smooth along the path. "midpoint": the Riemann
   * sum over the middles of equal parts.
   */
  readonly method?: "gaussLegendre" | "midpoint";
}

/** Integrated gradients and whether they add up. */
export interface IntegratedGradients extends AttributionMap {
  /** Score of each image's baseline. */
  readonly baselineScores: Float32Array;
  /**
   * Sum of the image's attributions - (its score - its baseline's score). Exact integrals would give 0; where it is not
   * small beside that difference, take more steps.
   */
  readonly completenessGap: Float64Array;
}

/**
 * Integrated gradients (Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, ICML 2017, equation 1):
 * (x - x') times the mean of d score / d x along the straight line from the baseline x' to the image x, summed over
 * channels and signed, in units of the score, in inference mode. A segmentation's region is that of the image itself, all
 * along the path.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @throws ArgumentError for no images, images of another shape than the model's input, steps below 1, an unknown method or
 *   a baseline that is not finite
 * @throws ModelError for an unknown class or head, a class name on a model without contract, a model with several inputs, or
 *   a target that does not depend on the image
 */
export async function integratedGradients(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: IntegratedGradientsOptions,
): Promise<IntegratedGradients> {
  const { baseline = 0, steps = 32, method = "gaussLegendre" } = options;
  checkPositiveIntegers("steps", [steps]);
  if (method !== "gaussLegendre" && method !== "midpoint") {
    throw new ArgumentError("options.method", `is "${method}"; expected "gaussLegendre" or "midpoint"`);
  }
  const target = resolveTarget(model, options.target, options);
  const batch = await readPixelBatch(model, images);
  const { nodes, weights } = method === "midpoint" ? midpointRule(steps) : gaussLegendreRule(steps);
  const results = await probeImages(model, batch, [target], steps, options, async (probe) => {
    const { pixels, shape } = probe;
    const start = baselineImage(pixels, shape, baseline);
    const mean = new Float64Array(pixels.length);
    await probe.differentiateCopies(
      (step, into) => {
        const share = nodes[step]!;
        for (let i = 0; i < into.length; i++) into[i] = start[i]! + share * (pixels[i]! - start[i]!);
      },
      (gradient, step) => {
        for (let i = 0; i < mean.length; i++) mean[i]! += weights[step]! * gradient[i]!;
      },
    );
    const map = channelSum(
      mean.map((value, i) => value * (pixels[i]! - start[i]!)),
      shape,
    );
    const score = probe.scores[0]!;
    const [baselineScore] = await probe.scoreOf(start);
    const total = map.reduce((a, b) => a + b, 0);
    return { map, score, baselineScore: baselineScore!, gap: total - (score - baselineScore!) };
  });
  return {
    ...attributionMap(
      results.map(({ map }) => map),
      results.map(({ score }) => score),
      batch.shape,
    ),
    baselineScores: Float32Array.from(results, ({ baselineScore }) => baselineScore),
    completenessGap: Float64Array.from(results, ({ gap }) => gap),
  };
}
