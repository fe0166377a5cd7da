import { dispose, type Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers } from "../models/checkOptions.js";
import type { ActivationMap, CamMethod } from "./activationMap.js";
import { activationPass } from "./activationPass.js";
import { eigenCamSum } from "./eigenCamSum.js";
import { type ExplanationMap, explanationMaps, type MapScale } from "./explanationMap.js";
import { type GradientMethod, gradientSums } from "./gradientSums.js";
import type { ManyPassesOptions } from "./imageProbe.js";
import { imageTensor } from "./modelPass.js";
import { scoreCamSums } from "./scoreCamSums.js";
import { lastSpatialLayer, spatialLayerNamed } from "./spatialLayer.js";
import { type ExplanationTarget, type HeadTarget, type ResolvedTarget, resolveTarget } from "./target.js";

/** What {@link activationMaps} explains, where and how. */
export interface ActivationMapsOptions extends ManyPassesOptions {
  /** Classes by name or column, functions of the logits, or these with the head and region they are of. */
  readonly targets: readonly (ExplanationTarget | HeadTarget)[];
  /** Names of layers, also of ones inside nested models. Default: for each target the last one before its head. */
  readonly layers?: readonly string[];
  /** Names of methods; Grad-CAM alone by default. */
  readonly methods?: readonly CamMethod[];
  /** "shared" normalises by the greatest value over all images and targets of one layer and method. Default "each". */
  readonly scale?: MapScale;
}

/** A target and the layers to weigh for it, as places in the list of all layers. */
interface Explained {
  readonly target: ExplanationTarget;
  readonly head: string;
  readonly resolved: ResolvedTarget;
  readonly layers: readonly number[];
}

/**
 * Maps of several targets at several layers by several methods. The model runs once, and once back for each target; only
 * Score-CAM needs more passes, which all targets share. {@link gradCam} and its relatives are this for one target, layer
 * and method, and say how each method is defined.
 *
 * Works on any model whose layers run once, with branches, concatenations and nested models, on the logits and in
 * inference mode: dropout is off and batch normalisation uses its moving statistics. Images are explained independently
 * of each other. Where the network's own numbers are NaN, so are the maps, and they have no peak. The forward pass keeps
 * what one of a training step keeps, so memory grows with the batch. No tensor is left on any way out.
 *
 * ```ts
 * const maps = await activationMaps(model, images, {
 *   targets: ["Effusion", { target: "Chest drain", head: "tubes" }],
 *   methods: ["gradCam", "hiResCam"],
 *   scale: "shared",
 * });
 * for (const { target, layer, method, normalized } of maps) console.log(target, layer, method, normalized.shape);
 * ```
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @returns one result a target, layer and method: targets outermost, methods innermost, in the order of the options
 * @throws ArgumentError for no images, images of another shape than the model's input, an empty list, an unknown method,
 *   a batch size that is not a positive whole number, or a region that does not fit its output
 * @throws ModelError for an unknown class, head or layer, a class name on a model without contract, a layer without a
 *   spatial output, one that runs other than once or off the way to the head, a model with several inputs
 */
export async function activationMaps(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: ActivationMapsOptions,
): Promise<readonly ActivationMap[]> {
  const { methods = ["gradCam"], scale } = options;
  checkOptions(options);
  options.signal?.throwIfAborted();
  const input = imageTensor(model, images);
  try {
    const { taps, explained } = plan(model, options);
    const sums = await weightedSums(model, input, taps, explained, methods, options);
    const size = [input.shape[1], input.shape[2]] as const;
    const maps = new Map<WeightedSum, ExplanationMap>();
    // Maps of one layer and method, over all targets, share a scale.
    for (const layer of taps.keys())
      for (const method of methods) {
        const alike = sums.filter((sum) => sum.layer === layer && sum.method === method);
        const scaled = explanationMaps(
          alike.map(({ weightedSum }) => weightedSum),
          size,
          scale,
        );
        for (const [i, map] of scaled.entries()) maps.set(alike[i]!, map);
      }
    return sums.map((sum) => {
      const { target, head } = explained[sum.explained]!;
      const { method, weightedSum } = sum;
      return { method, layer: taps[sum.layer]!.name, head, target, weightedSum, ...maps.get(sum)! };
    });
  } finally {
    input.dispose();
  }
}

function plan(
  model: LayersModel,
  { targets, layers: names }: ActivationMapsOptions,
): { readonly taps: readonly layers.Layer[]; readonly explained: readonly Explained[] } {
  const taps: layers.Layer[] = [];
  const placeOf = (layer: layers.Layer): number => {
    if (!taps.includes(layer)) taps.push(layer);
    return taps.indexOf(layer);
  };
  const explained = targets.map((given) => {
    const options: HeadTarget = typeof given === "object" ? given : { target: given };
    const resolved = resolveTarget(model, options.target, options);
    const wanted =
      names === undefined
        ? [lastSpatialLayer(model.outputs[resolved.output]!)]
        : names.map((name) => spatialLayerNamed(model, name));
    const head = model.outputNames[resolved.output]!;
    return { target: options.target, head, resolved, layers: wanted.map(placeOf) };
  });
  return { taps, explained };
}

/** A map before its scale. */
interface WeightedSum {
  /** Place in the list of targets. */
  readonly explained: number;
  /** Place in the list of layers. */
  readonly layer: number;
  readonly method: CamMethod;
  readonly weightedSum: NdArray<Float32Array>;
}

async function weightedSums(
  model: LayersModel,
  images: Tensor4D,
  taps: readonly layers.Layer[],
  explained: readonly Explained[],
  methods: readonly CamMethod[],
  passes: ManyPassesOptions,
): Promise<WeightedSum[]> {
  const byGradient = methods.filter(isGradientMethod);
  const reduce = (a: Tensor4D, g: Tensor4D) => byGradient.map((method) => gradientSums[method](a, g));
  const ways = explained.map(({ resolved, layers }) => ({ target: resolved, layers, reduce }));
  const pass = activationPass(model, images, taps, byGradient.length > 0 ? ways : []);
  try {
    const { activations, outputs, reduced } = pass;
    const eigen = methods.includes("eigenCam") ? await Promise.all(activations.map(eigenCamSum)) : [];
    const wanting = activations.map((_, layer) => explained.filter(({ layers }) => layers.includes(layer)));
    const toScore = activations.map((activation, layer) => ({
      activation,
      targets: wanting[layer]!.map(({ resolved }) => resolved),
    }));
    const scored = methods.includes("scoreCam")
      ? await scoreCamSums(model, images, outputs, toScore, passes)
      : [];
    const found: WeightedSum[] = [];
    for (const [t, { layers }] of explained.entries())
      for (const [l, layer] of layers.entries())
        for (const method of methods) {
          const gradientSum = isGradientMethod(method)
            ? reduced[t]![l]![byGradient.indexOf(method)]!
            : undefined;
          const weightedSum = gradientSum
            ? ndarray((await gradientSum.data()) as Float32Array, gradientSum.shape)
            : method === "eigenCam"
              ? eigen[layer]!
              : scored[layer]![wanting[layer]!.indexOf(explained[t]!)]!;
          found.push({ explained: t, layer, method, weightedSum });
        }
    return found;
  } finally {
    dispose([...pass.outputs, ...pass.activations, ...pass.reduced.flat(2)]);
  }
}

function checkOptions({ targets, layers, methods, batchSize = 16 }: ActivationMapsOptions): void {
  for (const [name, list] of Object.entries({ targets, layers, methods })) {
    if (list?.length === 0) throw new ArgumentError(`options.${name}`, "is empty; expected at least one");
  }
  const known = [...Object.keys(gradientSums), "scoreCam", "eigenCam"];
  const unknown = methods?.find((method) => !known.includes(method));
  if (unknown !== undefined) {
    throw new ArgumentError("options.methods", `holds "${unknown}"; expected some of ${known.join(", ")}`);
  }
  checkPositiveIntegers("batchSize", [batchSize]);
}

const isGradientMethod = (method: CamMethod): method is GradientMethod => method in gradientSums;
